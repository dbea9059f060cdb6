#include "lib/kit/daemon.hpp"

#include "lib/base/directory.hpp"
#include "lib/base/network.hpp"
#include "lib/base/text.hpp"

namespace smtpd {

std::expected<io::Endpoint, Error> daemon_at(std::string_view host, std::int64_t port) {
  if (equal_ignoring_case(host, "localhost")) host = "127.0.0.1";
  const auto address = IpAddress::parse(host);
  auto where = io::Endpoint::parse(
      !address ? std::string(host)
               : (address->v6 ? '[' + std::string(host) + ']' : std::string(host)) + ':' +
                     std::to_string(port));
  if (where && (address || !where->path.empty())) return where;
  return std::unexpected(
      Error{Errc::config, '\'' + printable(host) +
                              "' is neither an address nor the path of a socket; names are not "
                              "looked up"});
}

void check_daemon(PluginContext& ctx, const io::Endpoint& where) {
  if (where.path.empty()) {
    const auto address = IpAddress::parse(where.address);
    if (address && !is_loopback(*address))
      ctx.log(Level::warn,
              ctx.where() + ": passwords go to " + where.text() + " in clear, over the network");
    return;
  }
  const auto info = status_of(where.path);
  if (!info) return ctx.problem(system_error(where.path).what);
  if (!S_ISSOCK(info->st_mode)) ctx.problem(where.path + ": that is no socket");
}

}  // namespace smtpd
