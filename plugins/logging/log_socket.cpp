#include "plugins/logging/log_socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "lib/io/poll.hpp"

namespace smtpd::io {

std::expected<void, Error> LogSocket::connect() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof address.sun_path)
    return std::unexpected(Error{Errc::io, path_ + ": the path of a socket is too long"});
  std::memcpy(address.sun_path, path_.data(), path_.size());
  fd_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (fd_ && ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return {};
  auto error = system_error("connect " + path_);
  fd_.reset();
  return std::unexpected(std::move(error));
}

bool LogSocket::wait_for_room() {
  constexpr milliseconds patience{250};
  if (stuck_) return false;
  pollfd entry{fd_.get(), POLLOUT, 0};
  stuck_ = poll_for(&entry, patience) <= 0;
  return !stuck_;
}

std::expected<void, Error> LogSocket::send(std::string_view datagram) {
  if (!fd_ && tried_) return std::unexpected(Error{Errc::io, path_ + " is not there"});
  tried_ = true;
  bool connected = false;
  if (!fd_) {
    if (auto ready = connect(); !ready) return ready;
    connected = true;
  }
  while (::send(fd_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
    if (errno == EINTR || (errno == EAGAIN && wait_for_room())) continue;
    const bool restarted = errno == ECONNREFUSED || errno == ENOTCONN || errno == ECONNRESET;
    if (!restarted || connected) return std::unexpected(system_error("send to " + path_));
    if (auto ready = connect(); !ready) return ready;
    connected = true;
  }
  return {};
}

}  // namespace smtpd::io
