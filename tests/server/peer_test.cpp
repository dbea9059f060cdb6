#include "lib/server/peer.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <map>
#include <string>

#include "lib/base/unique_fd.hpp"
#include "tests/support/socket_pair.hpp"

using smtpd::Connection;
using smtpd::SocketAddresses;
using smtpd::UniqueFd;
using Variables = std::map<std::string, std::string>;

namespace {

Connection identified(const Variables& variables,
                      const std::optional<SocketAddresses>& socket = SocketAddresses{},
                      const smtpd::Options& options = {}) {
  Connection conn;
  smtpd::identify(options, smtpd::Environment(variables), socket, conn);
  return conn;
}

/// `IP PORT HOST INFO -> IP PORT`, `-` for what is empty.
std::string text_of(const Connection& conn) {
  std::string text;
  const auto add = [&](const std::string& word) {
    text += (text.empty() ? "" : " ") + (word.empty() ? "-" : word);
  };
  for (const auto* word :
       {&conn.remote_ip, &conn.remote_port, &conn.remote_host, &conn.remote_info})
    add(*word);
  add("->");
  add(conn.local_ip);
  add(conn.local_port);
  return text;
}

const SocketAddresses some_socket{"198.51.100.9", "999", "198.51.100.25", "25"};

}  // namespace

BOOST_AUTO_TEST_SUITE(peer)

BOOST_AUTO_TEST_CASE(super_servers) {
  const struct {
    std::string name;
    Variables variables;
    std::string text;
  } cases[] = {
      {"tcpserver",
       {{"TCPREMOTEIP", "192.0.2.7"},
        {"TCPREMOTEPORT", "4321"},
        {"TCPREMOTEHOST", "client.example"},
        {"TCPREMOTEINFO", "ident"},
        {"TCPLOCALIP", "192.0.2.25"},
        {"TCPLOCALPORT", "25"}},
       "192.0.2.7 4321 client.example ident@client.example -> 192.0.2.25 25"},
      {"tcpserver without names",
       {{"TCPREMOTEIP", "192.0.2.7"}},
       "192.0.2.7 - [192.0.2.7] [192.0.2.7] -> 198.51.100.25 25"},
      {"tcpserver with empty names",
       {{"TCPREMOTEIP", "192.0.2.7"}, {"TCPREMOTEHOST", ""}, {"TCPREMOTEINFO", ""}},
       "192.0.2.7 - [192.0.2.7] [192.0.2.7] -> 198.51.100.25 25"},
      {"an ident without a host",
       {{"TCPREMOTEIP", "192.0.2.7"}, {"TCPREMOTEINFO", "ident"}},
       "192.0.2.7 - [192.0.2.7] ident@[192.0.2.7] -> 198.51.100.25 25"},
      {"IPv6",
       {{"TCPREMOTEIP", "2001:DB8:0:0::1"}},
       "2001:db8::1 - [IPv6:2001:db8::1] [IPv6:2001:db8::1] -> 198.51.100.25 25"},
      {"IPv4 in IPv6",
       {{"TCPREMOTEIP", "::ffff:192.0.2.7"}, {"TCPLOCALIP", "::FFFF:192.0.2.25"}},
       "192.0.2.7 - [192.0.2.7] [192.0.2.7] -> 192.0.2.25 25"},
      {"a link-local address",
       {{"TCPREMOTEIP", "fe80::1%eth0"}},
       "fe80::1 - [IPv6:fe80::1] [IPv6:fe80::1] -> 198.51.100.25 25"},
      {"systemd",
       {{"REMOTE_ADDR", "192.0.2.7"}, {"REMOTE_PORT", "4321"}},
       "192.0.2.7 4321 [192.0.2.7] [192.0.2.7] -> 198.51.100.25 25"},
      {"systemd, IPv4 in IPv6",
       {{"REMOTE_ADDR", "::ffff:192.0.2.7"}},
       "192.0.2.7 - [192.0.2.7] [192.0.2.7] -> 198.51.100.25 25"},
      {"tcpserver comes first",
       {{"TCPREMOTEIP", "192.0.2.7"}, {"REMOTE_ADDR", "192.0.2.8"}, {"REMOTE_PORT", "1"}},
       "192.0.2.7 - [192.0.2.7] [192.0.2.7] -> 198.51.100.25 25"},
      {"inetd", {}, "198.51.100.9 999 [198.51.100.9] [198.51.100.9] -> 198.51.100.25 25"},
      {"an empty variable is none",
       {{"TCPREMOTEIP", ""}, {"REMOTE_ADDR", ""}},
       "198.51.100.9 999 [198.51.100.9] [198.51.100.9] -> 198.51.100.25 25"},
      {"names without an address",
       {{"TCPREMOTEHOST", "client.example"}},
       "198.51.100.9 999 [198.51.100.9] [198.51.100.9] -> 198.51.100.25 25"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.name) {
      const Connection conn = identified(c.variables, some_socket);
      BOOST_TEST(text_of(conn) == c.text);
      BOOST_TEST(conn.named);
      BOOST_TEST(!conn.scripted);
    }
  }
}

// What is no address names nobody: it must not become a relay client by way of a list of prefixes.
BOOST_AUTO_TEST_CASE(what_is_no_address) {
  for (const std::string ip :
       {"unknown", "192.0.2", "192.0.2.1 ", "192.0.2.1\n", "127.0.0.1.evil.test",
        "::ffff:", "::ffff:1.2.3", "%eth0", "[::1]"}) {
    BOOST_TEST_CONTEXT(ip) {
      const Connection conn = identified(
          {{"TCPREMOTEIP", ip}, {"TCPREMOTEHOST", "client.example"}, {"TCPREMOTEINFO", "ident"}},
          some_socket);
      BOOST_TEST(!conn.named);
      BOOST_TEST(conn.remote_ip == "0.0.0.0");
      BOOST_TEST(conn.remote_host == "unknown");
      BOOST_TEST(conn.remote_info == "unknown");
    }
  }
  BOOST_TEST(!identified({}).named);  // a socket, but not of the Internet
  BOOST_TEST(!identified({}).scripted);
}

BOOST_AUTO_TEST_CASE(names_are_made_harmless) {
  const struct {
    std::string host, info, text;
  } cases[] = {
      {"client\x1b[31m.example", "a\r\nb", "client[31m.example ab@client[31m.example"},
      {"a b(c)<d>\"e;", "x y", "abcde xy@abcde"},
      {"a_b-c.d:e[f]", "user+tag@host/x=1", "a_b-c.d:e[f] user+tag@host/x=1@a_b-c.d:e[f]"},
      {"\xff\x80\x01", "\x7f", "[192.0.2.7] [192.0.2.7]"},
      {std::string(300, 'x'), std::string(300, 'y'),
       std::string(255, 'x') + ' ' + std::string(255, 'y') + '@' + std::string(255, 'x')},
  };
  for (const auto& c : cases) {
    const Connection conn = identified(
        {{"TCPREMOTEIP", "192.0.2.7"}, {"TCPREMOTEHOST", c.host}, {"TCPREMOTEINFO", c.info}});
    BOOST_TEST(conn.remote_host + ' ' + conn.remote_info == c.text);
  }
  const Connection conn = identified({{"TCPREMOTEIP", "192.0.2.7"},
                                      {"TCPREMOTEPORT", "80\r\n"},
                                      {"TCPLOCALPORT", "smtp"},
                                      {"TCPLOCALIP", "here"}});
  BOOST_TEST(conn.remote_port == "");
  BOOST_TEST(conn.local_port == "");
  BOOST_TEST(conn.local_ip == "");
}

BOOST_AUTO_TEST_CASE(options_come_before_all) {
  const Variables tcpserver{{"TCPREMOTEIP", "192.0.2.7"},
                            {"TCPREMOTEHOST", "client.example"},
                            {"TCPLOCALIP", "192.0.2.25"}};
  smtpd::Options options;
  options.remote_ip = "::ffff:203.0.113.1";
  options.remote_host =
      "other.\x1b"
      "example";
  options.local_ip = "203.0.113.2";
  BOOST_TEST(text_of(identified(tcpserver, some_socket, options)) ==
             "203.0.113.1 - other.example other.example -> 203.0.113.2 25");
  BOOST_TEST(text_of(identified({}, some_socket, options)) ==
             "203.0.113.1 999 other.example other.example -> 203.0.113.2 25");
  options = {};
  options.remote_ip = "nonsense";
  BOOST_TEST(!identified(tcpserver, some_socket, options).named);
}

// Only a descriptor that is no socket, and nobody who says who calls, is a script piped in by hand.
// Options do not change that.
BOOST_AUTO_TEST_CASE(scripts) {
  smtpd::Options options;
  options.remote_ip = "203.0.113.1";
  BOOST_TEST(identified({}, std::nullopt).scripted);
  BOOST_TEST(!identified({}, std::nullopt).named);
  BOOST_TEST(identified({}, std::nullopt, options).scripted);
  BOOST_TEST(identified({}, std::nullopt, options).named);
  BOOST_TEST(!identified({{"TCPREMOTEIP", "192.0.2.7"}}, std::nullopt)
                  .scripted);  // tcpserver's kin that connect by pipes
  BOOST_TEST(!identified({{"REMOTE_ADDR", "192.0.2.7"}}, std::nullopt).scripted);
  BOOST_TEST(!identified({{"TCPREMOTEIP", "nonsense"}}, std::nullopt).scripted);
  BOOST_TEST(identified({{"TCPREMOTEIP", ""}}, std::nullopt).scripted);
  BOOST_TEST(!identified({}, SocketAddresses{}, options).scripted);
}

namespace {

/// Both ends of a connection over the loopback.
struct Pair {
  UniqueFd client, server;
};

Pair connected(int family) {
  sockaddr_storage address{};
  socklen_t length = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  address.ss_family = static_cast<sa_family_t>(family);
  if (family == AF_INET)
    reinterpret_cast<sockaddr_in*>(&address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  else
    reinterpret_cast<sockaddr_in6*>(&address)->sin6_addr = in6addr_loopback;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const UniqueFd listener(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listener || ::bind(listener.get(), generic, length) != 0 || ::listen(listener.get(), 1) != 0)
    return {};
  ::getsockname(listener.get(), generic, &length);
  Pair pair{UniqueFd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)), {}};
  if (::connect(pair.client.get(), generic, length) != 0) return {};
  pair.server.reset(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  return pair;
}

}  // namespace

BOOST_AUTO_TEST_CASE(sockets) {
  for (const auto& [family, ip] : {std::pair(AF_INET, "127.0.0.1"), std::pair(AF_INET6, "::1")}) {
    const Pair pair = connected(family);
    if (family == AF_INET6 && !pair.server) continue;  // a machine without IPv6
    BOOST_REQUIRE(pair.server.get() >= 0);
    const auto server = smtpd::socket_addresses(pair.server.get()),
               client = smtpd::socket_addresses(pair.client.get());
    BOOST_REQUIRE((server && client));
    BOOST_TEST(server->remote_ip == ip);
    BOOST_TEST(server->local_ip == ip);
    BOOST_TEST(server->remote_port == client->local_port);
    BOOST_TEST(server->local_port == client->remote_port);
    BOOST_TEST(server->remote_port != "0");
  }
  const smtpd::transcript::SocketPair local_pair;
  const auto local = smtpd::socket_addresses(local_pair.near.get());
  BOOST_REQUIRE(local.has_value());
  BOOST_TEST(local->remote_ip == "");
  BOOST_TEST(local->local_ip == "");
  int ends[2];
  BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const UniqueFd from(ends[0]), to(ends[1]);
  BOOST_TEST(!smtpd::socket_addresses(from.get()).has_value());
  BOOST_TEST(!smtpd::socket_addresses(-1).has_value());
}

// The client has reset the connection before the server looks: it is a socket still, with a local
// address only.
BOOST_AUTO_TEST_CASE(a_socket_whose_client_is_gone) {
  Pair pair = connected(AF_INET);
  BOOST_REQUIRE(pair.server.get() >= 0);
  const linger abort{1, 0};
  ::setsockopt(pair.client.get(), SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
  pair.client.reset();
  char octet = 0;
  BOOST_TEST(::recv(pair.server.get(), &octet, 1, 0) < 0);
  const auto addresses = smtpd::socket_addresses(pair.server.get());
  BOOST_REQUIRE(addresses.has_value());
  BOOST_TEST(addresses->local_ip == "127.0.0.1");
}

BOOST_AUTO_TEST_SUITE_END()
