#pragma once
/// Names the client of a connection: from the super-server, or from a proxy that speaks for it.
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/export.hpp"
#include "lib/base/network.hpp"
#include "lib/plugin/connection.hpp"

namespace smtpd {

/// The address in its usual spelling, IPv4 taken out of IPv6; empty if it is none.
SMTPD_API std::string usual_ip(std::string_view text);

/// The client's address, IPv4 taken out of IPv6; none if nothing names the client.
SMTPD_API std::optional<IpAddress> client_address(const Connection& conn);

/// What somebody says who may; anything may be missing.
struct ClientName {
  std::string_view ip, port;
  std::string_view host = {};  ///< its name
  std::string_view info = {};  ///< whom the client's machine names (RFC 1413)
};

/// Enters the client into the connection. What is no address, port or name is left out, and octets
/// that belong into none. Without an address the client is unknown, and never a relay client.
SMTPD_API void name_client(Connection& conn, const ClientName& client);

}  // namespace smtpd
