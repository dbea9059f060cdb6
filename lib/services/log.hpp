#pragma once
/// Log lines: levels, ids, and the built-in logger to standard error.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "lib/base/clock.hpp"
#include "lib/base/export.hpp"

namespace smtpd {

/// syslog's levels; a smaller number is more severe.
enum class Level { emerg, alert, crit, error, warn, notice, info, debug };

/// `4`, `warn`, `WARN` or `LOGWARN`.
SMTPD_API std::optional<Level> to_level(std::string_view text);

struct LogRecord {
  Level level = Level::info;
  std::string_view hook;    ///< empty outside a hook
  std::string_view plugin;  ///< log name of the plugin, empty for the core
  std::string_view text;    ///< free of control octets
  std::string_view id;      ///< session, or session.transaction
};

/// Where finished lines go: standard error, or a test's list.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(std::string_view line) = 0;
};

/// One write(2) a line to standard error.
class StderrSink final : public LogSink {
 public:
  void write(std::string_view line) override;
};

/// `PID ID (HOOK) PLUGIN: text`, the absent parts left out (qpsmtpd's form behind the ids).
SMTPD_API std::string log_line(const LogRecord& record);

class SMTPD_API Log {
 public:
  Log(LogSink& sink, const Clock& clock);
  void log(Level level, std::string_view text, std::string_view hook = {},
           std::string_view plugin = {});
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
  /// `SESSION.N` once the Nth transaction has begun, `SESSION` before.
  std::string id() const;
  LogSink& sink() { return sink_; }

 private:
  LogSink& sink_;
  Level level_ = Level::warn;
  Level forward_level_ = Level::debug;
  std::string session_;
  unsigned transaction_ = 0;
  bool busy_ = false;  // a logger's own messages are not logged
  std::function<bool(const LogRecord&)> forward_;
};

}  // namespace smtpd
