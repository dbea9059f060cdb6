#include <unistd.h>

#include <algorithm>
#include <array>

#include "lib/base/text.hpp"
#include "lib/kit/log_output.hpp"
#include "plugins/logging/log_socket.hpp"

namespace smtpd {
namespace {

/// syslog's facilities by their numbers (RFC 3164 4.1.1).
constexpr std::array<std::string_view, 24> facilities{
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
    "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
    "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};

/// Where Sys::Syslog can send to and this server does not.
constexpr std::array<std::string_view, 8> not_offered{"udp",    "tcp",      "inet", "stream",
                                                      "native", "eventlog", "pipe", "console"};

std::string unknown(std::string_view name, std::string_view word,
                    std::span<const std::string_view> candidates) {
  const std::string_view near = nearest(word, candidates);
  return "argument " + std::string(name) + ": there is no '" + printable(word) + '\'' +
         (near.empty() ? "" : "; did you mean '" + std::string(near) + "'?");
}

std::size_t facility_of(std::string_view word) {
  if (starts_with_ignoring_case(word, "log_")) word.remove_prefix(4);
  for (std::size_t i = 0; i < facilities.size(); ++i) {
    if (equal_ignoring_case(word, facilities[i])) return i;
  }
  throw ConfigError(unknown("facility", lower(word), facilities));
}

/// The first of the list that is offered: `unix`, or a path.
std::string socket_of(std::string_view list) {
  for (const std::string_view word : split(list, ',')) {
    if (word == "unix") return "/dev/log";
    if (word.starts_with('/')) return std::string(word);
    if (std::ranges::find(not_offered, word) == not_offered.end()) {
      constexpr std::array<std::string_view, 1> offered{"unix"};
      throw ConfigError(unknown("logsock", word, offered));
    }
  }
  throw ConfigError("argument logsock is unix or the path of a socket, not '" + printable(list) +
                    '\'');
}

}  // namespace

/// Log lines to the system log. See doc/plugins/logging/syslog.md.
class Syslog final : public Plugin {
 public:
  explicit Syslog(PluginContext& ctx)
      : Plugin(ctx),
        level_(ctx.log_level()),
        facility_(facility_of(ctx.args.text("facility", "mail"))),
        ident_(ctx.args.text("ident", "smtpd")),
        socket_(socket_of(ctx.args.text("logsock", "unix"))),
        fallback_(ctx) {
    ctx.wants_log(level_);
    if (const auto word = ctx.args.value("priority")) priority_ = level_of(*word);
  }

  Logged on_logging(const LogRecord& record) {
    if (record.level > level_) return Logged::next;
    const auto severity = static_cast<std::size_t>(priority_.value_or(record.level));
    std::string datagram = "<" + std::to_string(facility_ * 8 + severity) + '>';
    datagram.append(io::format_time("%b %e %T ", ctx().clock().wall())).append(ident_);
    datagram.append("[").append(std::to_string(::getpid())).append("]: ");
    const auto sent = socket_.send(datagram.append(log_line_without_pid(record)));
    if (!sent) fallback_.write(sent.error(), record);
    return Logged::next;
  }

  void on_check() {
    if (const auto connected = socket_.connect(); !connected) ctx().problem(connected.error().what);
  }

 private:
  Level level_;
  std::optional<Level> priority_;
  std::size_t facility_;
  std::string ident_;
  io::LogSocket socket_;
  LogFallback fallback_;
};

SMTPD_PLUGIN(Syslog, "logging/syslog", logging, check)

}  // namespace smtpd
