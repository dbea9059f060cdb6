#pragma once
/// Where the servers and daemons are that plugins ask: an address, a name of a host, or a socket.
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/export.hpp"
#include "lib/client/exchange.hpp"
#include "lib/io/dial.hpp"
#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// A host and a port, or the path of a Unix socket, as the configuration has it. The DNS is asked
/// about a name when somebody connects, and not before. `localhost` is 127.0.0.1 without a question
/// (RFC 6761 6.3); neither /etc/hosts nor a search list counts.
class SMTPD_API ServerAddress {
 public:
  /// 127.0.0.1 without a port: nobody is there.
  ServerAddress() = default;
  /// `host` is an address, a name or, beginning with `/`, a path; the port is not looked at then.
  /// Errors: config, with a sentence.
  static std::expected<ServerAddress, Error> at(std::string_view host, std::int64_t port);
  /// `imap.example.com:143`, `192.0.2.1:143`, `[2001:db8::1]:143` or a path. Errors: config, with a
  /// sentence.
  static std::expected<ServerAddress, Error> parse(std::string_view text);

  /// The form of parse(), for logs.
  std::string text() const;
  /// Empty unless it is the DNS that knows the address; lower case.
  const std::string& name() const { return name_; }
  std::uint16_t port() const { return endpoint_.port; }
  bool is_socket() const { return !endpoint_.path.empty(); }

  /// Where to connect, IPv4 first; never empty. Of a name at most most_addresses. Errors: io (no
  /// answer of the DNS, or it knows no address), config (config `resolver` is wrong).
  std::expected<std::vector<io::Endpoint>, Error> endpoints(PluginContext& ctx,
                                                            Deadline deadline) const;
  static constexpr std::size_t most_addresses = 10;

  friend bool operator==(const ServerAddress&, const ServerAddress&) = default;

 private:
  std::string name_;
  io::Endpoint endpoint_{.address = "127.0.0.1", .port = 0, .path = {}};  // with a name: its port
};

/// Connects to the first address that can be reached. Errors: those of ServerAddress::endpoints and
/// dial_first; they name the server.
SMTPD_API std::expected<Reached, Error> reach(PluginContext& ctx, const ServerAddress& server,
                                              Deadline deadline);
/// The same, for a conversation whose errors name the server.
SMTPD_API std::expected<Exchange, Error> open_exchange(PluginContext& ctx,
                                                       const ServerAddress& server,
                                                       Exchange::Bounds bounds);

/// For on_check: reports a socket that is not there, and remarks on a server to which passwords
/// would go in clear over a network.
SMTPD_API void check_daemon(PluginContext& ctx, const ServerAddress& server);
SMTPD_API void check_daemon(PluginContext& ctx, const io::Endpoint& endpoint);

}  // namespace smtpd
