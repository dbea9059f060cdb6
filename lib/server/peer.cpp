#include "lib/server/peer.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "lib/base/network.hpp"
#include "lib/base/text.hpp"
#include "lib/kit/client_name.hpp"

namespace smtpd {
namespace {

std::string text_of(const std::optional<std::string_view>& value) {
  return std::string(value.value_or(""));
}

std::string digits_of(const std::optional<std::string_view>& value) {
  return value && to_number(*value) ? std::string(*value) : std::string();
}

/// `ip` and `port` of one end.
void read_end(const sockaddr_storage& address, std::string& ip, std::string& port) {
  IpAddress end;
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    std::memcpy(end.octets.data(), &v4.sin_addr, sizeof v4.sin_addr);
    ip = end.text();
    port = std::to_string(ntohs(v4.sin_port));
  } else if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    end.v6 = true;
    std::memcpy(end.octets.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
    ip = usual_ip(end.text());
    port = std::to_string(ntohs(v6.sin6_port));
  }
}

}  // namespace

std::optional<SocketAddresses> socket_addresses(int fd) {
  SocketAddresses result;
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  // The socket of a client that has gone already is still one, though it has no peer any more
  // (ENOTCONN).
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  read_end(address, result.local_ip, result.local_port);
  address = {};
  length = sizeof address;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0) {
    read_end(address, result.remote_ip, result.remote_port);
  }
  return result;
}

void identify(const Options& options, const Environment& environment,
              const std::optional<SocketAddresses>& socket, Connection& conn) {
  const auto get = [&](const char* name) { return environment.get(name); };
  const SocketAddresses ends = socket.value_or(SocketAddresses{});
  std::string ip, port, host, info;
  bool launcher = true;
  if (!text_of(get("TCPREMOTEIP")).empty()) {
    ip = *get("TCPREMOTEIP");
    host = text_of(get("TCPREMOTEHOST"));
    info = text_of(get("TCPREMOTEINFO"));
    port = digits_of(get("TCPREMOTEPORT"));
    conn.local_ip = usual_ip(text_of(get("TCPLOCALIP")));
    conn.local_port = digits_of(get("TCPLOCALPORT"));
  } else if (!text_of(get("REMOTE_ADDR")).empty()) {
    ip = *get("REMOTE_ADDR");
    port = digits_of(get("REMOTE_PORT"));
  } else {
    ip = ends.remote_ip;
    port = ends.remote_port;
    launcher = false;
  }
  if (conn.local_ip.empty()) conn.local_ip = ends.local_ip;
  if (conn.local_port.empty()) conn.local_port = ends.local_port;
  conn.listening_port = conn.local_port;
  conn.scripted = !socket && !launcher;
  if (options.remote_ip) ip = *options.remote_ip;
  if (options.remote_host) host = *options.remote_host;
  if (options.local_ip) conn.local_ip = usual_ip(*options.local_ip);
  name_client(conn, {.ip = ip, .port = port, .host = host, .info = info});
}

}  // namespace smtpd
