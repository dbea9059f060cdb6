#pragma once
/// TCP sockets of 127.0.0.1. All functions throw std::system_error.

#include <netinet/in.h>

#include <cstdint>

#include "lib/base/unique_fd.hpp"

namespace smtpd::bench {

/// Throws what errno says.
[[noreturn]] void throw_error(const char* what);

sockaddr_in loopback(std::uint16_t port);

/// A socket that sends at once and is closed on exec; `flags` as of socket(2), such as
/// SOCK_NONBLOCK.
UniqueFd tcp_socket(int flags);

/// False when the port is taken.
bool bind_to(const UniqueFd& fd, std::uint16_t port);

/// Connects, or begins to where the socket does not block.
void connect_to(const UniqueFd& fd, const sockaddr_in& address);

/// The two ends of one connection.
struct Pair {
  UniqueFd client, server;
};
Pair connected_pair();

}  // namespace smtpd::bench
