#include "plugins/logging/log_socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <string>

#include "tests/support/folder.hpp"

using smtpd::UniqueFd;
using smtpd::io::LogSocket;
using smtpd::transcript::Folder;

namespace {

/// What stands for the daemon.
struct Daemon {
  explicit Daemon(const std::string& path, int type = SOCK_DGRAM)
      : fd(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    ::unlink(path.c_str());
    bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    if (type == SOCK_STREAM) ::listen(fd.get(), 1);
  }
  std::string receive() const {
    std::array<char, 8192> buffer{};
    const ssize_t got = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
    return got < 0 ? "nothing" : std::string(buffer.data(), static_cast<std::size_t>(got));
  }
  UniqueFd fd;
  bool bound = false;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(log_socket)

BOOST_AUTO_TEST_CASE(datagrams) {
  const Folder folder;
  const std::string path = folder.path() + "/log";
  const Daemon daemon(path);
  BOOST_REQUIRE(daemon.bound);
  LogSocket socket(path);
  BOOST_TEST(socket.send("one").has_value());
  BOOST_TEST(socket.send(std::string(5000, 'x')).has_value());
  BOOST_TEST(daemon.receive() == "one");
  BOOST_TEST(daemon.receive() == std::string(5000, 'x'));
  BOOST_TEST(daemon.receive() == "nothing");
}

BOOST_AUTO_TEST_CASE(nobody_is_there) {
  const Folder folder;
  const std::string path = folder.path() + "/log";
  LogSocket socket(path);
  const auto sent = socket.send("one");
  BOOST_REQUIRE(!sent);
  BOOST_TEST(sent.error().what == "connect " + path + ": No such file or directory");
  BOOST_TEST(!socket.send("two").has_value());
}

BOOST_AUTO_TEST_CASE(a_socket_of_another_type) {
  const Folder folder;
  const std::string path = folder.path() + "/log";
  const Daemon daemon(path, SOCK_STREAM);
  LogSocket socket(path);
  BOOST_TEST(!socket.send("one").has_value());
}

BOOST_AUTO_TEST_CASE(a_path_that_is_too_long) {
  LogSocket socket('/' + std::string(200, 'x'));
  BOOST_TEST(!socket.send("one").has_value());
}

BOOST_AUTO_TEST_CASE(a_daemon_that_is_started_anew) {
  const Folder folder;
  const std::string path = folder.path() + "/log";
  auto daemon = std::make_unique<Daemon>(path);
  LogSocket socket(path);
  BOOST_TEST(socket.send("one").has_value());
  daemon = std::make_unique<Daemon>(path);
  BOOST_TEST(socket.send("two").has_value());
  BOOST_TEST(daemon->receive() == "two");
  daemon.reset();
  BOOST_TEST(!socket.send("three").has_value());
}

BOOST_AUTO_TEST_CASE(a_daemon_that_does_not_read) {
  const Folder folder;
  const std::string path = folder.path() + "/log";
  const Daemon daemon(path);
  LogSocket socket(path);
  std::size_t taken = 0;
  while (taken < 100'000 && socket.send("line")) ++taken;
  BOOST_TEST(taken > 0u);
  BOOST_TEST(taken < 100'000u);
}

BOOST_AUTO_TEST_SUITE_END()
