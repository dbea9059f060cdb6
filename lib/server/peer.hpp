#pragma once
/// Who calls: from the super-server's environment, the socket, or the command line.
#include "lib/plugin/connection.hpp"
#include "lib/server/server.hpp"

namespace smtpd {

/// Fills the addresses of `conn`. The environment's words come first (tcpserver and s6: TCPREMOTEIP
/// ..., systemd: REMOTE_ADDR), then the socket (inetd, xinetd); the options override both. Names
/// that are no names are made harmless.
SMTPD_API void identify(const Options& options, const Environment& environment,
                        const std::optional<SocketAddresses>& socket, Connection& conn);

/// The Internet addresses of both ends of a socket; none if `fd` is no socket.
std::optional<SocketAddresses> socket_addresses(int fd);

}  // namespace smtpd
