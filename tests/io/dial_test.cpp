#include "lib/io/dial.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <thread>

#include "lib/client/exchange.hpp"
#include "lib/services/dialer.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/peer_ports.hpp"
#include "tests/support/peer_server.hpp"

using namespace smtpd;
using namespace smtpd::transcript;
using smtpd::io::Endpoint;

namespace {

constexpr std::chrono::seconds patience{10};

PeerScript script_of(const std::string& lines) {
  Section section{.kind = Section::Kind::peer, .line = 1, .argument = "p"};
  unsigned number = 1;
  for (std::size_t at = 0; at < lines.size();) {
    const auto end = lines.find('\n', at);
    section.lines.push_back({++number, lines.substr(at, end - at)});
    at = end + 1;
  }
  const auto script = parse_peer(section);
  BOOST_REQUIRE(script.has_value());
  return *script;
}

/// A peer on the loopback.
struct Peer {
  explicit Peer(const std::string& lines) {
    variables["p"] = std::to_string(port);
    server = std::move(*PeerServer::start(script_of(lines), variables, patience));
  }
  Endpoint endpoint() const { return {.address = "127.0.0.1", .port = port, .path = {}}; }

  PeerPorts ports;
  std::uint16_t port = *ports.reserve("p");
  Variables variables;
  std::unique_ptr<PeerServer> server;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(dial)

BOOST_AUTO_TEST_CASE(endpoints) {
  const struct {
    std::string_view text;
    Endpoint endpoint;
  } good[] = {{"192.0.2.1:783", {"192.0.2.1", 783, ""}},
              {"[2001:db8::1]:65535", {"2001:db8::1", 65535, ""}},
              {"/run/a.sock", {"", 0, "/run/a.sock"}}};
  for (const auto& c : good) {
    const auto parsed = Endpoint::parse(c.text);
    BOOST_REQUIRE_MESSAGE(parsed.has_value(), c.text);
    BOOST_TEST((*parsed == c.endpoint), c.text);
    BOOST_TEST(parsed->text() == c.text);
  }
  const std::string long_path = '/' + std::string(107, 'x');
  for (const std::string_view text :
       {std::string_view(), std::string_view("localhost:783"), std::string_view("192.0.2.1"),
        std::string_view("192.0.2.1:"), std::string_view("192.0.2.1:0"),
        std::string_view("192.0.2.1:65536"), std::string_view("192.0.2.1:1x"),
        std::string_view("[192.0.2.1]:1"), std::string_view("2001:db8::1:1"),
        std::string_view("[2001:db8::1]"), std::string_view("run/a.sock"),
        std::string_view(long_path)}) {
    const auto parsed = Endpoint::parse(text);
    BOOST_TEST(!parsed.has_value(), text);
    if (!parsed) BOOST_TEST((parsed.error().code == Errc::config));
  }
}

BOOST_AUTO_TEST_CASE(question_and_answer) {
  Peer peer("conn\n< hello ${p}\n> one\n> two\nconn\n>= \"three\"\n");
  const SystemClock clock;
  SystemDialer dialer(clock);
  const Deadline deadline = clock.after(patience);
  auto stream = dialer.dial(peer.endpoint(), deadline);
  BOOST_REQUIRE(stream.has_value());
  BOOST_TEST((*stream)->write("hello " + std::to_string(peer.port) + "\r\n", deadline).has_value());
  BOOST_TEST(Exchange(*std::move(stream), "", {deadline, 100}).all().value_or("") ==
             "one\r\ntwo\r\n");
  stream = dialer.dial(peer.endpoint(), deadline);
  BOOST_REQUIRE(stream.has_value());
  const auto answer = Exchange(*std::move(stream), "", {deadline, 4}).all();
  BOOST_REQUIRE(!answer.has_value());
  BOOST_TEST((answer.error().code == Errc::too_long));
  BOOST_TEST(!peer.server->finish().has_value());
}

BOOST_AUTO_TEST_CASE(a_deadline_that_has_passed) {
  Peer peer("conn\nhang\n");
  const SystemClock clock;
  auto stream = io::dial(peer.endpoint(), clock.after(patience), clock);
  BOOST_REQUIRE(stream.has_value());
  const auto answer = Exchange(*std::move(stream), "", {clock.after(milliseconds(1)), 100}).all();
  BOOST_REQUIRE(!answer.has_value());
  BOOST_TEST((answer.error().code == Errc::timeout));
  BOOST_TEST(!peer.server->finish().has_value());
}

BOOST_AUTO_TEST_CASE(nobody_listens) {
  Peer peer("!refuse\n");
  const SystemClock clock;
  const auto refused = io::dial(peer.endpoint(), clock.after(patience), clock);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST((refused.error().code == Errc::closed));
  BOOST_TEST(refused.error().what ==
             "connect to " + peer.endpoint().text() + ": Connection refused");
  const Endpoint no_path{.address = {}, .port = 0, .path = "/nonexistent/socket"};
  const auto absent = io::dial(no_path, clock.after(patience), clock);
  BOOST_REQUIRE(!absent.has_value());
  BOOST_TEST(absent.error().what == "connect to /nonexistent/socket: No such file or directory");
}

BOOST_AUTO_TEST_CASE(unix_socket) {
  const Folder folder;
  const std::string path = folder.path() + "/socket";
  const UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  BOOST_REQUIRE(
      ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  BOOST_REQUIRE(::listen(listener.get(), 1) == 0);
  const SystemClock clock;
  const Deadline deadline = clock.after(patience);
  const auto stream = io::dial(*Endpoint::parse(path), deadline, clock);
  BOOST_REQUIRE(stream.has_value());
  const UniqueFd accepted(::accept(listener.get(), nullptr, nullptr));
  BOOST_TEST((*stream)->write("hello", deadline).has_value());
  char buffer[8] = {};
  BOOST_TEST(::read(accepted.get(), buffer, sizeof buffer) == 5);
  BOOST_TEST(std::string_view(buffer) == "hello");
}

BOOST_AUTO_TEST_SUITE_END()
