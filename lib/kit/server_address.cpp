#include "lib/kit/server_address.hpp"

#include "lib/base/directory.hpp"
#include "lib/base/network.hpp"
#include "lib/base/text.hpp"
#include "lib/services/resolver.hpp"

namespace smtpd {
namespace {

constexpr std::int64_t highest_port = 65'535;

/// A name has a letter in its last label, so that an address with a slip in it is none (RFC 1123
/// 2.1).
bool is_host_name(std::string_view text) {
  const std::string_view last = text.substr(text.rfind('.') + 1);
  return dns::is_name(text) && std::ranges::any_of(last, is_alpha) &&
         std::ranges::all_of(
             text, [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; });
}

std::unexpected<Error> wrong(std::string_view text) {
  return std::unexpected(Error{Errc::config, '\'' + printable(text) +
                                                 "' is no address, no name of a host and no path "
                                                 "of a socket"});
}

void remark_on_clear_text(PluginContext& ctx, const std::string& server) {
  ctx.log(Level::warn, ctx.where() + ": passwords go to " + server + " in clear, over the network");
}

}  // namespace

std::expected<ServerAddress, Error> ServerAddress::at(std::string_view host, std::int64_t port) {
  if (equal_ignoring_case(host, "localhost")) host = "127.0.0.1";
  ServerAddress made;
  if (host.starts_with('/')) {
    auto socket = io::Endpoint::parse(host);
    if (!socket) return wrong(host);
    made.endpoint_ = *std::move(socket);
    return made;
  }
  if (port < 1 || port > highest_port) {
    return std::unexpected(
        Error{Errc::config, "a port is 1 to 65535, not " + std::to_string(port)});
  }
  made.endpoint_.port = static_cast<std::uint16_t>(port);
  if (const auto address = IpAddress::parse(host)) {
    made.endpoint_.address = host;
    return made;
  }
  if (host.ends_with('.')) host.remove_suffix(1);
  if (!is_host_name(host)) return wrong(host);
  made.name_ = lower(host);
  made.endpoint_.address.clear();
  return made;
}

std::expected<ServerAddress, Error> ServerAddress::parse(std::string_view text) {
  if (text.starts_with('/')) return at(text, 0);
  const auto colon = text.rfind(':');
  const auto port = to_number(colon == text.npos ? "" : text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  const bool in_brackets = host.starts_with('[') && host.ends_with(']');
  if (in_brackets) host = host.substr(1, host.size() - 2);
  // 2001:db8::1 alone could have a port at its end, or none.
  const bool has_colons = host.find(':') != host.npos;
  if (!port || *port > highest_port || has_colons != in_brackets) {
    return std::unexpected(Error{Errc::config, '\'' + printable(text) +
                                                   "' is no host with a port such as "
                                                   "127.0.0.1:143, nor the path of a socket"});
  }
  return at(host, static_cast<std::int64_t>(*port));
}

std::string ServerAddress::text() const {
  return name_.empty() ? endpoint_.text() : name_ + ':' + std::to_string(endpoint_.port);
}

std::expected<std::vector<io::Endpoint>, Error> ServerAddress::endpoints(PluginContext& ctx,
                                                                         Deadline deadline) const {
  if (name_.empty()) return std::vector{endpoint_};
  const auto resolver = ctx.find_resolver();
  if (!resolver) return std::unexpected(resolver.error());
  const dns::Answer found = dns::addresses_of(**resolver, name_, deadline, dns::Budget::exempt);
  if (found.has_failed())
    return std::unexpected(
        Error{Errc::io, "no answer of the DNS about " + name_ + ": " + found.why});
  if (!found.has_records()) {
    return std::unexpected(Error{
        Errc::io,
        name_ + (found.outcome == dns::Outcome::no_name ? " does not exist" : " has no address")});
  }
  std::vector<io::Endpoint> endpoints;
  for (const IpAddress& address : found.addresses) {
    if (endpoints.size() == most_addresses) break;
    endpoints.push_back({.address = address.text(), .port = endpoint_.port, .path = {}});
  }
  return endpoints;
}

std::expected<Reached, Error> reach(PluginContext& ctx, const ServerAddress& server,
                                    Deadline deadline) {
  const auto endpoints = server.endpoints(ctx, deadline);
  if (!endpoints) return std::unexpected(endpoints.error());
  auto reached = dial_first(ctx.services(), *endpoints, deadline);
  if (!reached && !server.name().empty()) reached.error().what.insert(0, server.name() + ": ");
  return reached;
}

std::expected<Exchange, Error> open_exchange(PluginContext& ctx, const ServerAddress& server,
                                             Exchange::Bounds bounds) {
  auto reached = reach(ctx, server, bounds.deadline);
  if (!reached) return std::unexpected(std::move(reached.error()));
  return Exchange(std::move(reached->stream), server.text(), bounds);
}

void check_daemon(PluginContext& ctx, const ServerAddress& server) {
  if (!server.name().empty()) return remark_on_clear_text(ctx, server.text());
  if (const auto endpoints = server.endpoints(ctx, Deadline::never()))
    check_daemon(ctx, endpoints->front());
}

void check_daemon(PluginContext& ctx, const io::Endpoint& endpoint) {
  if (endpoint.path.empty()) {
    const auto address = IpAddress::parse(endpoint.address);
    if (address && !is_loopback(*address)) remark_on_clear_text(ctx, endpoint.text());
    return;
  }
  const auto info = status_of(endpoint.path);
  if (!info) return ctx.problem(system_error(endpoint.path).what);
  if (!S_ISSOCK(info->st_mode)) ctx.problem(endpoint.path + ": that is no socket");
}

}  // namespace smtpd
