#include "lib/io/dial.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

#include "lib/base/network.hpp"
#include "lib/base/text.hpp"
#include "lib/io/poll.hpp"

namespace smtpd::io {
namespace {

/// A connected socket with its owner.
class Dialed final : public Stream {
 public:
  Dialed(UniqueFd fd, bool is_local, const Clock& clock)
      : fd_(std::move(fd)), is_local_(is_local), stream_(fd_.get(), fd_.get(), clock) {}
  std::expected<std::size_t, Error> read(std::span<char> buffer, Deadline deadline,
                                         Interrupt interrupt) override {
    return named(stream_.read(buffer, deadline, interrupt));
  }
  std::expected<void, Error> write(std::string_view octets, Deadline deadline) override {
    return named(stream_.write(octets, deadline));
  }
  Input wait_for_input(Deadline deadline) override { return stream_.wait_for_input(deadline); }
  void part() override { ::shutdown(fd_.get(), SHUT_WR); }  // what was said to it is still read
  std::expected<void, Error> pass(int descriptor) override;

 private:
  /// FdStream takes the other side for the client.
  template <class T>
  static T named(T result) {
    if (!result && result.error().code == Errc::closed)
      result.error().what = "it has closed the connection";
    return result;
  }

  UniqueFd fd_;
  bool is_local_;  // a Unix socket
  FdStream stream_;
};

std::expected<void, Error> Dialed::pass(int descriptor) {
  // TCP would send the octet and forget the descriptor.
  if (!is_local_) return Stream::pass(descriptor);
  char octet = 0;
  iovec text{&octet, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof descriptor)> beside{};
  msghdr message{};
  message.msg_iov = &text;
  message.msg_iovlen = 1;
  message.msg_control = beside.data();
  message.msg_controllen = beside.size();
  cmsghdr* const right = CMSG_FIRSTHDR(&message);
  right->cmsg_level = SOL_SOCKET;
  right->cmsg_type = SCM_RIGHTS;
  right->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(right), &descriptor, sizeof descriptor);
  if (::sendmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) == 1) return {};
  const bool is_closed = errno == EPIPE || errno == ECONNRESET;
  Error error = system_error("cannot pass a descriptor");
  if (is_closed) error.code = Errc::closed;
  return std::unexpected(std::move(error));
}

union Address {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
  sockaddr_un local;
};

/// Fills in `address`; its length.
socklen_t fill(Address& address, const Endpoint& endpoint) {
  std::memset(&address, 0, sizeof address);
  if (!endpoint.path.empty()) {
    address.local.sun_family = AF_UNIX;
    endpoint.path.copy(address.local.sun_path, sizeof address.local.sun_path - 1);
    return sizeof address.local;
  }
  if (endpoint.address.find(':') != endpoint.address.npos) {
    address.v6.sin6_family = AF_INET6;
    address.v6.sin6_port = htons(endpoint.port);
    ::inet_pton(AF_INET6, endpoint.address.c_str(), &address.v6.sin6_addr);
    return sizeof address.v6;
  }
  address.v4.sin_family = AF_INET;
  address.v4.sin_port = htons(endpoint.port);
  ::inet_pton(AF_INET, endpoint.address.c_str(), &address.v4.sin_addr);
  return sizeof address.v4;
}

std::unexpected<Error> failed(const Endpoint& endpoint, int code) {
  errno = code;
  Error error = system_error("connect to " + endpoint.text());
  if (code == ECONNREFUSED || code == ENOENT || code == ECONNRESET) error.code = Errc::closed;
  return std::unexpected(std::move(error));
}

/// Waits until a connection in progress has been made or refused; 0 or errno.
int outcome(int fd, Deadline deadline, const Clock& clock) {
  pollfd entry{fd, POLLOUT, 0};
  while (true) {
    timespec left{};
    if (!deadline.is_never()) left = remaining(deadline, clock.now());
    const int ready = ::ppoll(&entry, 1, deadline.is_never() ? nullptr : &left, nullptr);
    if (ready == 0) return ETIMEDOUT;
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return errno;
    int code = 0;
    socklen_t size = sizeof code;
    return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno;
  }
}

}  // namespace

std::expected<Endpoint, Error> Endpoint::parse(std::string_view text) {
  const auto wrong = [&] {
    return std::unexpected(Error{
        Errc::config, '\'' + printable(text) +
                          "' is no address with a port such as 127.0.0.1:783, nor the path of "
                          "a socket"});
  };
  if (text.starts_with('/')) {
    if (text.size() >= sizeof(sockaddr_un::sun_path) || text.find('\0') != text.npos)
      return wrong();
    return Endpoint{.address = {}, .port = 0, .path = std::string(text)};
  }
  const auto colon = text.rfind(':');
  if (colon == text.npos) return wrong();
  std::string_view host = text.substr(0, colon);
  const bool in_brackets = host.starts_with('[') && host.ends_with(']');
  if (in_brackets) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  const auto port = to_number(text.substr(colon + 1));
  if (!address || address->v6 != in_brackets || !port || *port == 0 || *port > 65'535)
    return wrong();
  return Endpoint{
      .address = std::string(host), .port = static_cast<std::uint16_t>(*port), .path = {}};
}

std::string Endpoint::text() const {
  if (!path.empty()) return path;
  const bool v6 = address.find(':') != address.npos;
  return (v6 ? '[' + address + ']' : address) + ':' + std::to_string(port);
}

std::expected<UniqueFd, Error> connect_to(const Endpoint& endpoint, Deadline deadline,
                                          const Clock& clock) {
  Address address;
  const socklen_t size = fill(address, endpoint);
  UniqueFd fd(::socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return failed(endpoint, errno);
  if (::connect(fd.get(), &address.any, size) != 0) {
    if (errno != EINPROGRESS && errno != EINTR) return failed(endpoint, errno);
    const int code = outcome(fd.get(), deadline, clock);
    if (code == ETIMEDOUT)
      return std::unexpected(Error{Errc::timeout, "connect to " + endpoint.text() + ": timeout"});
    if (code != 0) return failed(endpoint, code);
  }
  return fd;
}

std::expected<std::unique_ptr<Stream>, Error> dial(const Endpoint& endpoint, Deadline deadline,
                                                   const Clock& clock) {
  auto fd = connect_to(endpoint, deadline, clock);
  if (!fd) return std::unexpected(fd.error());
  return std::make_unique<Dialed>(*std::move(fd), !endpoint.path.empty(), clock);
}

}  // namespace smtpd::io
