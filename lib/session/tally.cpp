#include "lib/session/tally.hpp"

#include <sys/resource.h>

#include <array>
#include <string_view>

#include "lib/base/fixed_text.hpp"
#include "lib/base/text.hpp"
#include "lib/plugin/hook.hpp"

namespace smtpd {
namespace {

constexpr std::size_t longest_value = 256;  // a name or a path (RFC 5321 4.5.3.1)

constexpr std::array<FixedText<8>, 9> end_names{"dropped", "quit",  "timeout", "closed",  "sigterm",
                                                "tls",     "error", "config",  "internal"};

std::string bounded(std::string_view text) { return printable(text.substr(0, longest_value)); }

/// Seconds with so many digits of their fraction.
std::string seconds_text(std::int64_t microseconds, std::size_t digits) {
  const std::string fraction = std::to_string(1'000'000 + microseconds % 1'000'000);
  return std::to_string(microseconds / 1'000'000) + '.' + fraction.substr(1, digits);
}

std::int64_t microseconds_of(const timeval& time) {
  return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_usec;
}

/// Of this process since its start, and of the programs that it has run.
std::int64_t cpu_microseconds() {
  std::int64_t sum = 0;
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    if (::getrusage(who, &usage) == 0)
      sum += microseconds_of(usage.ru_utime) + microseconds_of(usage.ru_stime);
  }
  return sum;
}

}  // namespace

std::string_view Tally::excess(const Limits& limits) const {
  if (good + bad >= limits.commands) return "commands";
  if (junk >= limits.junk) return "commands without mail";
  if (errors >= limits.errors) return "errors";
  return {};
}

void Tally::log(Log& log, const Connection& conn, const Refusals& refusals, SteadyTime now) const {
  const Level level = conn.probe && good + bad == 0 ? Level::debug : Level::notice;
  if (!log.wants(level)) return;
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  const std::int64_t microseconds =
      std::chrono::duration_cast<std::chrono::microseconds>(now - began_).count();
  const std::array fields{
      LogField{"client", conn.remote_ip},
      LogField{"host", bounded(conn.remote_host)},
      LogField{"helo", bounded(conn.hello_host)},
      LogField{"from", bounded(sender)},
      LogField{"verdict", refusals.text()},
      LogField{"messages", number(messages), true},
      LogField{"recipients", number(recipients), true},
      LogField{"refused", number(refused_recipients), true},
      LogField{"bytes", number(octets), true},
      LogField{"good", number(good), true},
      LogField{"bad", number(bad), true},
      LogField{"seconds", seconds_text(microseconds, 3), true},
      LogField{"cpu", seconds_text(cpu_microseconds(), 6), true},
      LogField{"end", std::string(
                          end_names[static_cast<std::size_t>(end_.value_or(SessionEnd::dropped))])},
  };
  log.log_fields(level,
                 {.name = "summary",
                  .hook = to_string(Hook::post_connection),
                  .about = Log::FieldLine::About::session},
                 fields);
}

}  // namespace smtpd
