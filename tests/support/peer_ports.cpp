#include "tests/support/peer_ports.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace smtpd::transcript {

UniqueFd bound_socket(std::uint16_t port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* const any = reinterpret_cast<const sockaddr*>(&address);
  if (!fd || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) != 0 ||
      ::bind(fd.get(), any, sizeof address) != 0)
    return {};
  return fd;
}

UniqueFd bound_socket(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return {};
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ::unlink(path.c_str());  // of the session before
  const auto* const any = reinterpret_cast<const sockaddr*>(&address);
  if (!fd || ::bind(fd.get(), any, sizeof address) != 0) return {};
  return fd;
}

std::expected<std::uint16_t, std::string> PeerPorts::reserve(const std::string& name) {
  if (const auto known = reserved_.find(name); known != reserved_.end()) return known->second.port;
  Reserved reserved{.fd = bound_socket(0)};
  sockaddr_in address{};
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (!reserved.fd || ::getsockname(reserved.fd.get(), any, &size) != 0)
    return std::unexpected("no port for the peer " + name);
  reserved.port = ntohs(address.sin_port);
  return reserved_.emplace(name, std::move(reserved)).first->second.port;
}

}  // namespace smtpd::transcript
