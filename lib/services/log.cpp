#include "lib/services/log.hpp"

#include <unistd.h>

#include <array>

#include "lib/base/text.hpp"

namespace smtpd {
namespace {

constexpr std::array<std::string_view, 8> level_names{"emerg", "alert",  "crit", "error",
                                                      "warn",  "notice", "info", "debug"};

/// Microseconds since 1970 in base 36: short, and unique on a host together with the process id.
std::string session_id(const Clock& clock) {
  using std::chrono::microseconds;
  auto value = static_cast<std::uint64_t>(
      std::chrono::duration_cast<microseconds>(clock.wall().time_since_epoch()).count());
  std::string id;
  for (; value > 0; value /= 36)
    id.insert(id.begin(), "0123456789abcdefghijklmnopqrstuvwxyz"[value % 36]);
  return id;
}

}  // namespace

std::optional<Level> to_level(std::string_view text) {
  if (text.size() == 1 && text[0] >= '0' && text[0] <= '7')
    return static_cast<Level>(text[0] - '0');
  if (starts_with_ignoring_case(text, "log")) text.remove_prefix(3);
  for (std::size_t i = 0; i < level_names.size(); ++i) {
    if (equal_ignoring_case(text, level_names[i])) return static_cast<Level>(i);
  }
  if (equal_ignoring_case(text, "warning")) return Level::warn;
  if (equal_ignoring_case(text, "radar")) return Level::emerg;
  return {};
}

void StderrSink::write(std::string_view line) {
  std::string whole(line);
  whole += '\n';
  // A log that cannot be written must not stop the mail; there is nobody left to tell.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, whole.data(), whole.size());
}

std::string log_line(const LogRecord& record) {
  std::string line = std::to_string(::getpid());
  if (!record.id.empty()) line.append(" ").append(record.id);
  if (!record.hook.empty()) line.append(" (").append(record.hook).append(")");
  if (!record.plugin.empty()) line.append(" ").append(record.plugin).append(":");
  return line.append(" ").append(record.text);
}

Log::Log(LogSink& sink, const Clock& clock) : sink_(sink), session_(session_id(clock)) {}

std::string Log::id() const {
  return transaction_ ? session_ + '.' + std::to_string(transaction_) : session_;
}

void Log::log(Level level, std::string_view text, std::string_view hook, std::string_view plugin) {
  if (busy_ || !wants(level)) return;
  const std::string clean = printable(text), id = this->id();
  const LogRecord record{level, hook, plugin, clean, id};
  if (forward_) {
    busy_ = true;
    const bool taken = forward_(record);
    busy_ = false;
    if (taken) return;
  }
  if (level <= level_) sink_.write(log_line(record));
}

}  // namespace smtpd
