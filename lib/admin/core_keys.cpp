#include "lib/admin/core_keys.hpp"

#include <sys/stat.h>

#include <array>

#include "lib/base/text.hpp"
#include "lib/mail/host.hpp"
#include "lib/server/setup.hpp"
#include "lib/services/dns_settings.hpp"
#include "lib/session/client_list.hpp"
#include "lib/session/limits.hpp"
#include "lib/session/spool.hpp"

namespace smtpd {
namespace {

using Kind = CoreKey::Kind;

// clang-format off
constexpr auto keys = std::array{
    CoreKey{"plugins",           Kind::list,      "",        "plugins with their arguments, one a line"},
    CoreKey{"plugin_dirs",       Kind::list,      "",        "directories with plugins of one's own"},
    CoreKey{"logging",           Kind::list,      "",        "logging plugins, in place of the built-in logger"},
    CoreKey{"loglevel",          Kind::level,     "5",       "what the built-in logger writes: this level and more severe ones"},
    CoreKey{"plugin_errors",     Kind::word,      "",        "a plugin that throws counts as DECLINED", "declined"},
    CoreKey{"observe",           Kind::flag,      "0",       "what plugins would refuse is only logged"},
    CoreKey{"me",                Kind::host,      "",        "the server's name"},
    CoreKey{"me-auth-results",   Kind::list,      "",        "the authserv-id of Authentication-Results"},
    CoreKey{"smtpgreeting",      Kind::text,      "",        "the text of the greeting"},
    CoreKey{"databytes",         Kind::number,    "0",       "octets of the largest message; 0: no limit"},
    CoreKey{"size_threshold",    Kind::number,    "262144",  "octets of a body that stay in memory"},
    CoreKey{"spool_dir",         Kind::directory, "",        "the directory of temporary files"},
    CoreKey{"spool_perms",       Kind::mode,      "0700",    "the mode of spool_dir"},
    CoreKey{"timeoutsmtpd",      Kind::number,    "300",     "seconds of waiting for the client; 0: not set"},
    CoreKey{"timeout",           Kind::number,    "300",     "the same, without timeoutsmtpd"},
    CoreKey{"session_timeout",   Kind::number,    "14400",   "seconds of a session"},
    CoreKey{"max_command_line",  Kind::number,    "512",     "octets of a command line"},
    CoreKey{"max_text_line",     Kind::number,    "1048576", "octets of a line of a message"},
    CoreKey{"max_header",        Kind::number,    "1048576", "octets of a header"},
    CoreKey{"max_recipients",    Kind::number,    "1000",    "recipients of a message"},
    CoreKey{"max_hops",          Kind::number,    "100",     "Received fields of a message"},
    CoreKey{"max_junk",          Kind::number,    "100",     "commands that do nothing, between two messages"},
    CoreKey{"max_errors",        Kind::number,    "1000",    "4xx and 5xx replies in a session"},
    CoreKey{"max_commands",      Kind::number,    "100000",  "commands in a session"},
    CoreKey{"bare_newline",      Kind::word,      "",        "a bare LF ends a line of a message", "normalize"},
    CoreKey{"lenient_line_ends", Kind::word,      "",        "a command may end in a bare LF", "commands"},
    CoreKey{"lenient_addresses", Kind::flag,      "0",       "odd local parts and domains are accepted"},
    CoreKey{"recipient_delimiter", Kind::delimiter, "",      "what begins the detail of a local part: + - = or _"},
    CoreKey{"strict_local_part", Kind::number,    "256",     "octets of a local part; RFC 5321 has 64"},
    CoreKey{"tls_before_auth",   Kind::flag,      "",        "1: AUTH needs TLS; 0: passwords may cross the line in clear; not set: those that would need TLS"},
    CoreKey{"max_auth_failures", Kind::number,    "3",       "failed attempts to authenticate in a session"},
    CoreKey{"auth_delay",        Kind::number,    "2",       "seconds before the answer to a failed attempt"},
    CoreKey{"pipelining_connect_advertise_hosts", Kind::clients, "", "clients that may send before the greeting; all, or none while a plugin listens then"},
    CoreKey{"tls_advertise_requiretls", Kind::clients, "*",  "clients that REQUIRETLS is offered to, with TLS"},
    CoreKey{"received_privacy",  Kind::flag,      "0",       "Received does not tell address, name and HELO of users who have authenticated"},
    CoreKey{"received_login",    Kind::flag,      "0",       "Received and Authentication-Results tell the name that a user authenticates with"},
    CoreKey{"resolver",          Kind::resolver,  "",        "which servers of the DNS are asked, and for how long"},
    CoreKey{"IP",                Kind::unused,    "",        "which address is served is the super-server's business"},
};
// clang-format on

std::expected<void, Error> judge_text(Config& config, std::string_view key) {
  const auto lines = config.lines(key);
  if (!lines) return std::unexpected(lines.error());
  if ((*lines)->empty()) return {};
  const ConfigLine& line = (*lines)->front();
  if (printable(line.text) == line.text) return {};
  return std::unexpected(bad_value(line, key, "text without control octets"));
}

std::expected<void, Error> judge_host(Config& config, std::string_view key) {
  const auto lines = config.lines(key);
  if (!lines) return std::unexpected(lines.error());
  if ((*lines)->empty()) return {};
  const ConfigLine& line = (*lines)->front();
  const std::string host = as_host(line.text);
  if (host == line.text || host.find("xn--") != host.npos) return {};
  return std::unexpected(
      bad_value(line, key, "a name such as mx.example.com (" + host + " is used)"));
}

/// It is made when it is missing, but its parent is not.
std::expected<void, Error> judge_directory(Config& config, std::string_view key) {
  const auto lines = config.lines(key);
  if (!lines) return std::unexpected(lines.error());
  if ((*lines)->empty()) return {};
  const ConfigLine& line = (*lines)->front();
  struct stat info{};
  if (::stat(line.text.c_str(), &info) == 0) {
    if (S_ISDIR(info.st_mode)) return {};
    return std::unexpected(bad_value(line, key, "a directory"));
  }
  const std::string path = line.text.substr(0, line.text.find_last_not_of('/') + 1);
  const std::string parent = path.substr(0, path.rfind('/'));
  // A relative one belongs to the working directory of the super-server.
  if (!path.starts_with('/') || parent.empty() || ::stat(parent.c_str(), &info) == 0) return {};
  return std::unexpected(bad_value(line, key, "a directory, or can be made in one that is there"));
}

template <class T>
std::expected<void, Error> without_value(const std::expected<T, Error>& result) {
  if (!result) return std::unexpected(result.error());
  return {};
}

}  // namespace

std::span<const CoreKey> core_keys() { return keys; }

std::expected<void, Error> judge(Config& config, const CoreKey& key) {
  switch (key.kind) {
    case Kind::list:
    case Kind::unused: return without_value(config.lines(key.name));
    case Kind::clients: return without_value(is_listed(config, key.name, {}));
    case Kind::resolver: return without_value(dns::read_settings(config));
    case Kind::text: return judge_text(config, key.name);
    case Kind::host: return judge_host(config, key.name);
    case Kind::number: return without_value(read_limit(config, key.name));
    case Kind::flag: return without_value(config.flag(key.name));
    case Kind::word: return without_value(config.is_set_to(key.name, key.word));
    case Kind::level: return without_value(find_level({}, config));
    case Kind::delimiter: return without_value(config.delimiter());
    case Kind::mode: return without_value(spool_perms(config));
    case Kind::directory: return judge_directory(config, key.name);
  }
  return {};
}

}  // namespace smtpd
