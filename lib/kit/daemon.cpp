#include "lib/kit/daemon.hpp"

#include "lib/base/directory.hpp"
#include "lib/base/network.hpp"
#include "lib/base/text.hpp"

namespace smtpd {

std::expected<DaemonTalk, Error> DaemonTalk::open(PluginContext& ctx, const io::Endpoint& where,
                                                  milliseconds time) {
  const Deadline deadline = ctx.clock().after(time);
  auto stream = ctx.services().dialer.dial(where, deadline);
  if (!stream) return std::unexpected(stream.error());
  return DaemonTalk(*std::move(stream), where.text(), deadline);
}

std::unexpected<Error> DaemonTalk::named(const Error& error) const {
  return std::unexpected(Error{error.code, name_ + ": " + error.what});
}

std::unexpected<Error> DaemonTalk::nonsense(std::string_view what) const {
  return named({Errc::syntax, std::string(what)});
}

std::expected<void, Error> DaemonTalk::secure(PluginContext& ctx, const TlsClient& how) {
  // Somebody on the way could have put it there, and it would be taken for what TLS protects.
  if (channel_.has_input()) return nonsense("it says something before TLS begins");
  const auto crypto = ctx.services().crypto.get();
  if (!crypto) return named(crypto.error());
  auto made = (*crypto)->tls_client(how, *stream_, deadline_);
  if (!made) return named(made.error());
  tls_ = *std::move(made);
  channel_.use(*tls_);
  return {};
}

std::expected<void, Error> DaemonTalk::say(std::string_view octets) {
  const auto sent = channel_.stream().write(octets, deadline_);
  if (!sent) return named(sent.error());
  return {};
}

std::expected<std::string_view, Error> DaemonTalk::line() {
  const auto line = channel_.line(most_octets, deadline_);
  if (!line && line.error().code == Errc::closed)
    return named({Errc::closed, "it has closed the connection"});
  if (!line) return named(line.error());
  heard_ += line->octets;
  if (line->too_long || heard_ > most_octets)
    return named({Errc::too_long, "it says more than " + std::to_string(most_octets) + " octets"});
  return line->text;
}

std::expected<std::string, Error> DaemonTalk::all(std::size_t most) {
  auto octets = io::read_all(channel_.stream(), most, deadline_);
  if (!octets) return named(octets.error());
  return octets;
}

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
