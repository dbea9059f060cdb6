/// logging/syslog with a socket of its own, which a transcript has not.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "lib/base/text.hpp"
#include "lib/base/unique_fd.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/process.hpp"

using namespace smtpd;
using namespace smtpd::transcript;

namespace {

/// What the binary sends to the socket in a session without a command.
std::vector<std::string> datagrams(const std::string& arguments) {
  const Folder folder;
  const UniqueFd daemon(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const std::string path = folder.path() + "/socket";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  BOOST_REQUIRE(::bind(daemon.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
                0);
  (void)write_file(folder.path() + "/config/me", "mx.test\n");
  (void)write_file(folder.path() + "/config/logging",
                   "logging/syslog " + arguments + " logsock " + path + '\n');
  auto server = ServerProcess::start({.binary = std::getenv("SMTPD_BINARY"),
                                      .arguments = {"--config-dir", folder.path() + "/config"},
                                      .error_file = folder.path() + "/errors"});
  BOOST_REQUIRE(server.has_value());
  server->close_input();
  BOOST_TEST(server->wait(std::chrono::seconds(20)).value_or(-1) == 0);
  BOOST_TEST(read_file(folder.path() + "/errors").value_or("none") == "");
  std::vector<std::string> received;
  std::array<char, 8192> buffer{};
  for (ssize_t got = 0; (got = ::recv(daemon.get(), buffer.data(), buffer.size(), 0)) >= 0;)
    received.emplace_back(buffer.data(), static_cast<std::size_t>(got));
  return received;
}

/// The text behind `<PRI>Mmm dd hh:mm:ss `.
std::string_view behind_time(std::string_view datagram) {
  const auto bracket = datagram.find('>');
  constexpr std::size_t time = 16;
  return datagram.substr(std::min(bracket + 1 + time, datagram.size()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(syslog_plugin)

BOOST_AUTO_TEST_CASE(lines_with_level_time_and_process) {
  const auto lines = datagrams("loglevel info");
  BOOST_REQUIRE(lines.size() >= 4);
  BOOST_TEST(lines[0].starts_with("<21>"));  // mail.notice
  BOOST_TEST(lines[1].starts_with("<22>"));  // mail.info
  BOOST_TEST(lines[0][7] == ' ');
  BOOST_TEST(lines[0][13] == ':');
  BOOST_TEST(behind_time(lines[0]).starts_with("smtpd["));
  const auto text = behind_time(lines[0]);
  const auto pid = text.substr(6, text.find(']') - 6);
  BOOST_TEST(to_number(pid).has_value());
  BOOST_TEST(text.substr(text.find("]: ") + 3 + 16) == " Connection from [0.0.0.0]");
  BOOST_TEST(lines.back().find(" (post-connection) summary: client=0.0.0.0 ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(its_arguments) {
  const auto lines = datagrams("ident mx-in facility LOG_LOCAL7 loglevel 5");
  BOOST_REQUIRE(lines.size() == 2);
  BOOST_TEST(lines[0].starts_with("<189>"));
  BOOST_TEST(behind_time(lines[0]).starts_with("mx-in["));
}

BOOST_AUTO_TEST_CASE(one_priority_for_all) {
  for (const std::string& line : datagrams("priority LOG_ERR facility daemon loglevel 6"))
    BOOST_TEST(line.starts_with("<27>"));
}

BOOST_AUTO_TEST_CASE(without_a_level_it_is_notice) {
  BOOST_TEST(datagrams("ident x").size() == 2u);
  BOOST_TEST(datagrams("ident x loglevel warn").empty());
}

BOOST_AUTO_TEST_SUITE_END()
