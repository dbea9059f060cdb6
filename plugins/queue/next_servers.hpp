#pragma once
/// Where queue/smtp_forward's messages go: one address, those of a name, or those of its MX.
#include <cstddef>
#include <expected>
#include <string>
#include <vector>

#include "lib/kit/server_address.hpp"

namespace smtpd {

struct NextServer {
  io::Endpoint endpoint;
  std::string name = {};  ///< of the host; empty if the configuration has the address
  /// `mx.example.com[192.0.2.25]:25`, or without a name `192.0.2.25:25`; for logs.
  std::string text() const;
};

class NextServers {
 public:
  enum class By : std::uint8_t { address, mx };
  NextServers() = default;
  /// With By::mx the server is a name.
  NextServers(ServerAddress server, By by) : server_(std::move(server)), by_(by) {}

  /// All of them, in the order in which they are tried: the MX by preference, without those that
  /// are not preferred to this server itself (RFC 5321 5.1); without MX the name (RFC 5321 5.1,
  /// "implicit MX"). Those that this session could not reach come last. Never empty. Errors: io (no
  /// answer of the DNS, or nobody to send to), config (config `resolver` is wrong).
  std::expected<std::vector<NextServer>, Error> find(PluginContext& ctx, Deadline deadline) const;
  /// This one could not be reached.
  void put_last(const io::Endpoint& endpoint) { unreachable_.push_back(endpoint); }

  std::string text() const { return server_.text(); }
  /// Of a domain, and of all its hosts together.
  static constexpr std::size_t most_exchangers = 10, most_servers = 20;

 private:
  std::expected<std::vector<std::string>, Error> exchangers(PluginContext& ctx,
                                                            Deadline deadline) const;
  std::expected<std::vector<NextServer>, Error> by_mx(PluginContext& ctx, Deadline deadline) const;

  ServerAddress server_;
  By by_ = By::address;
  std::vector<io::Endpoint> unreachable_;
};

}  // namespace smtpd
