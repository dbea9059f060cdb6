#include "tests/bench/loopback.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "tests/bench/options.hpp"

namespace smtpd::bench {

void throw_error(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

UniqueFd tcp_socket(int flags) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  if (fd < 0) throw_error("socket");
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return UniqueFd(fd);
}

bool bind_to(const UniqueFd& fd, std::uint16_t port) {
  const sockaddr_in address = loopback(port);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return true;
  if (errno != EADDRINUSE) throw_error("bind");
  return false;
}

void connect_to(const UniqueFd& fd, const sockaddr_in& address) {
  const int result =
      ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (result < 0 && errno != EINPROGRESS) throw_error("connect");
}

Pair connected_pair() {
  const UniqueFd listener = tcp_socket(0);
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (!bind_to(listener, 0) || ::listen(listener.get(), 1) < 0 ||
      ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) < 0) {
    throw_error("listen");
  }
  Pair pair{.client = tcp_socket(0), .server = {}};
  connect_to(pair.client, address);
  const int accepted = ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC);
  if (accepted < 0) throw_error("accept");
  pair.server.reset(accepted);
  return pair;
}

int run_ports(std::span<char* const> words) {
  const std::array<std::string, 1> known{"count"};
  const std::size_t wanted = Options(words, known).count("count", 1);
  // Below the range that the kernel takes clients' ports from, so that no client is in the way.
  constexpr std::uint16_t first = 20000, last = 32000;
  std::size_t found = 0;
  for (std::uint16_t port = first; port < last && found < wanted; ++port) {
    if (!bind_to(tcp_socket(0), port)) continue;
    std::printf("%d\n", port);
    ++found;
  }
  return found == wanted ? 0 : 1;
}

}  // namespace smtpd::bench
