#pragma once
/// Log lines: levels, ids, and the built-in logger to standard error.
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "lib/base/clock.hpp"
#include "lib/base/export.hpp"

namespace smtpd {

/// syslog's levels; a smaller number is more severe.
enum class Level { emerg, alert, crit, error, warn, notice, info, debug };

/// `4`, `warn`, `WARN`, `LOGWARN` or `LOG_WARNING`.
SMTPD_API std::optional<Level> to_level(std::string_view text);
/// `warn`.
SMTPD_API std::string_view to_string(Level level);

/// The names that to_level takes, from 0 on.
SMTPD_API std::span<const std::string_view> level_names();

/// A part of a line that has a name.
struct LogField {
  std::string_view name;
  std::string value;  ///< free of control octets; empty if it is not known
  bool is_number = false;
  bool is_text = false;  ///< for people: a line's last one, with its blanks
};

/// A line on its way to the loggers. Views live until the hook returns.
struct LogRecord {
  Level level = Level::info;
  std::string_view hook;    ///< empty outside a hook
  std::string_view plugin;  ///< its name as in config/plugins, empty for the core
  std::string_view text;    ///< free of control octets, at most `longest_log_text` and three dots
  std::string_view id;      ///< session, or session.transaction
  std::span<const LogField> fields = {};  ///< what the text says, for programs; mostly none
};

/// Octets of a text. With what stands before it a line stays below PIPE_BUF (4096), so that
/// processes that share a pipe cannot break each other's lines.
inline constexpr std::size_t longest_log_text = 3000;

/// What a plugin has decided, by the first word of its line: pass, fail, skip or error; else empty.
SMTPD_API std::string_view verdict_of(std::string_view text);
/// ` name=value` for each field. A value has no blank, `=`, `"`, control or non-ASCII octet: they,
/// and the backslash, are written `\xHH`. `-` stands for one that is empty. A text keeps its
/// blanks,
/// `=` and `"`.
SMTPD_API std::string to_text(std::span<const LogField> fields);

/// Where finished lines go: standard error, or a test's list.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(std::string_view line) = 0;
};

/// One write(2) a line to standard error; none where that is the client's connection.
class StderrSink final : public LogSink {
 public:
  void write(std::string_view line) override;

 private:
  std::optional<bool> is_client_ = {};
};

/// `PID ID (HOOK) PLUGIN: text`, the absent parts left out (qpsmtpd's form behind the ids).
SMTPD_API std::string log_line(const LogRecord& record);
/// The same without the process id, for loggers that write it in a form of their own.
SMTPD_API std::string log_line_without_pid(const LogRecord& record);

class SMTPD_API Log {
 public:
  Log(LogSink& sink, const Clock& clock);
  void log(Level level, std::string_view text, std::string_view hook = {},
           std::string_view plugin = {});
  struct FieldLine {
    std::string_view name = {};
    std::string_view hook = {};
    enum class About : std::uint8_t { transaction, session } about = About::transaction;
  };
  /// A line `NAME: key=value ...`; one about the whole session has the session's id alone.
  void log_fields(Level level, const FieldLine& line, std::span<const LogField> fields);
  /// True if anybody would see a line of this level.
  bool wants(Level level) const { return level <= (forward_ ? forward_level_ : level_); }
  void set_level(Level level) { level_ = level; }
  Level level() const { return level_; }
  /// Offers every record to the logging plugins; true: they took it and the built-in logger is
  /// silent. `least` is the most verbose level that one of them wants.
  void forward_to(Level least, std::function<bool(const LogRecord&)> forward) {
    forward_level_ = least;
    forward_ = std::move(forward);
  }
  void next_transaction() { ++transaction_; }
  /// The number of the last transaction that has begun; 0 before the first.
  unsigned transaction() const { return transaction_; }
  /// `SESSION.N` once the Nth transaction has begun, `SESSION` before. SESSION is 16 digits of base
  /// 36: milliseconds since 1970, then the process id and two octets of a hash of the host's name.
  /// Later ones sort after earlier ones (up to 2059).
  std::string id() const;
  /// The name that makes the ids of this host differ from those of others. Without an effect once a
  /// line has been written.
  void name_host(std::string_view name);
  LogSink& sink() { return sink_; }

 private:
  static constexpr std::size_t digits_of_time = 8;
  std::string_view session_id() const { return {session_.data(), session_.size()}; }
  void write(const LogRecord& record);

  LogSink& sink_;
  Level level_ = Level::notice;
  Level forward_level_ = Level::debug;
  std::array<char, 16> session_{};
  unsigned transaction_ = 0;
  bool has_written_ = false;
  bool busy_ = false;  // a logger's own messages are not logged
  std::function<bool(const LogRecord&)> forward_;
};

}  // namespace smtpd
