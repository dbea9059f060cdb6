#pragma once
/// What logging plugins that write lines have in common: their level, and a file or a program.
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lib/io/log_file.hpp"
#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// A level as an argument; ConfigError if it is none.
Level level_of(std::string_view word);

/// What a logger does with lines that it could not write: they go to the built-in logger's place,
/// which is told why, once.
class LogFallback {
 public:
  explicit LogFallback(PluginContext& ctx) : ctx_(ctx) {}
  void write(const Error& why, const LogRecord& record);

 private:
  PluginContext& ctx_;
  bool complained_ = false;
};

/// The arguments `[loglevel LEVEL] [reopen] [nosplit] PATH`, or `|PROGRAM ARGUMENTS...` in place of
/// the path, in any order; a program takes all words behind it.
class LogOutput {
 public:
  /// An argument of the plugin's own that takes a value.
  struct Option {
    std::string_view name;
    std::string* value = nullptr;
  };
  /// Throws ConfigError. Without a path, has_target() is false.
  explicit LogOutput(PluginContext& ctx, std::span<const Option> options = {});

  bool has_target() const { return file_.has_value(); }
  bool wants(const LogRecord& record) const { return record.level <= level_; }
  /// For on_check: reports a target that cannot be written.
  void check() const;
  /// Writes `line`, which says what `record` does; without a target to the built-in logger's place.
  void write(std::string_view line, const LogRecord& record);

 private:
  PluginContext& ctx_;
  Level level_ = Level::warn;
  std::optional<io::LogFile> file_;
  LogFallback fallback_;
};

}  // namespace smtpd
