#include "plugins/queue/next_servers.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include "lib/base/text.hpp"
#include "lib/services/resolver.hpp"

namespace smtpd {
namespace {

std::unexpected<Error> nobody(std::string what) {
  return std::unexpected(Error{Errc::io, std::move(what)});
}

}  // namespace

std::string NextServer::text() const {
  if (name.empty()) return endpoint.text();
  return name + '[' + endpoint.address + "]:" + std::to_string(endpoint.port);
}

std::expected<std::vector<NextServer>, Error> NextServers::find(PluginContext& ctx,
                                                                Deadline deadline) const {
  std::vector<NextServer> servers;
  if (by_ == By::mx) {
    auto found = by_mx(ctx, deadline);
    if (!found) return found;
    servers = *std::move(found);
  } else {
    const auto endpoints = server_.endpoints(ctx, deadline);
    if (!endpoints) return std::unexpected(endpoints.error());
    for (const io::Endpoint& endpoint : *endpoints) servers.push_back({endpoint, server_.name()});
  }
  std::vector<NextServer> ordered, last;
  for (NextServer& server : servers) {
    const bool is_out = std::ranges::find(unreachable_, server.endpoint) != unreachable_.end();
    (is_out ? last : ordered).push_back(std::move(server));
  }
  std::ranges::move(last, std::back_inserter(ordered));
  return ordered;
}

/// The names of the hosts, the preferred one first.
std::expected<std::vector<std::string>, Error> NextServers::exchangers(PluginContext& ctx,
                                                                       Deadline deadline) const {
  const auto resolver = ctx.find_resolver();
  if (!resolver) return std::unexpected(resolver.error());
  const std::string& domain = server_.name();
  const dns::Answer mx = (*resolver)->ask({domain, dns::Type::mx}, deadline, dns::Budget::exempt);
  if (mx.has_failed())
    return nobody("no answer of the DNS about the MX of " + domain + ": " + mx.why);
  if (mx.outcome == dns::Outcome::no_name) return nobody(domain + " does not exist");
  if (!mx.has_records()) return std::vector{domain};
  std::vector<std::string> hosts;
  const auto own = std::ranges::find_if(mx.exchangers, [&ctx](const dns::Mx& each) {
    return equal_ignoring_case(each.host, ctx.me());
  });
  for (const dns::Mx& each : mx.exchangers) {
    if (own != mx.exchangers.end() && each.preference >= own->preference) break;
    if (!each.host.empty() && hosts.size() < most_exchangers) hosts.push_back(each.host);
  }
  if (!hosts.empty()) return hosts;
  return nobody(own != mx.exchangers.end() ? "this server is the first MX of " + domain + " itself"
                                           : domain + " takes no mail (its MX is `.`)");
}

std::expected<std::vector<NextServer>, Error> NextServers::by_mx(PluginContext& ctx,
                                                                 Deadline deadline) const {
  const auto hosts = exchangers(ctx, deadline);
  if (!hosts) return std::unexpected(hosts.error());
  const auto resolver = ctx.find_resolver();
  for (const std::string& host : *hosts) {
    for (const dns::Type type : {dns::Type::a, dns::Type::aaaa})
      (*resolver)->start({host, type}, {}, dns::Budget::exempt);
  }
  std::vector<NextServer> servers;
  std::optional<Error> reason;  // of the preferred one
  for (const std::string& host : *hosts) {
    const auto server = ServerAddress::at(host, server_.port());
    const auto endpoints =
        server ? server->endpoints(ctx, deadline) : std::unexpected(server.error());
    if (!endpoints) {
      if (!reason) reason = endpoints.error();
      continue;
    }
    for (const io::Endpoint& endpoint : *endpoints) {
      if (servers.size() < most_servers) servers.push_back({endpoint, host});
    }
  }
  if (servers.empty()) return std::unexpected(*std::move(reason));
  return servers;
}

}  // namespace smtpd
