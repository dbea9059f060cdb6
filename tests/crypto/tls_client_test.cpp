#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "lib/services/services.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/socket_pair.hpp"

using smtpd::Errc;
using smtpd::Error;
using smtpd::TlsClient;
using smtpd::TlsVersion;
using smtpd::io::FdStream;
using smtpd::io::Stream;
using smtpd::transcript::SocketPair;

namespace {

smtpd::Crypto& crypto() {
  static const auto loaded = smtpd::CryptoModule().get();
  BOOST_REQUIRE_MESSAGE(loaded, (loaded ? std::string() : loaded.error().what));
  return **loaded;
}

/// A certificate for mx.test, made once.
const std::string& certificate() {
  static const smtpd::transcript::Folder folder;
  static const std::string path = folder.path() + "/mx";
  static const auto made = smtpd::transcript::make_certificate(path, {.names = {"mx.test"}});
  BOOST_REQUIRE_MESSAGE(made, (made ? std::string() : made.error()));
  return path;
}

/// What the client's side of a session with a server has come to.
struct Outcome {
  std::optional<Error> failure = {};
  std::string protocol = {}, server_name = {}, echo = {};
};

/// The server says back what it hears.
void serve(int fd, const smtpd::TlsServer& how, std::string& asked_for) {
  const smtpd::SystemClock clock;
  FdStream stream(fd, fd, clock);
  const smtpd::Deadline deadline = clock.after(smtpd::seconds(20));
  const auto acceptor = crypto().tls_server(how);
  if (!acceptor) return;
  const auto session = (*acceptor)->accept(stream, {}, deadline);
  if (!session) return;
  asked_for = (*session)->facts().server_name;
  std::array<char, 100> buffer;
  const auto got = (*session)->read(buffer, deadline, Stream::Interrupt::no);
  if (got) (void)(*session)->write({buffer.data(), *got}, deadline);
  (*session)->part();
}

Outcome converse(const TlsClient& how, TlsVersion most = TlsVersion::tls1_3) {
  Outcome outcome;
  auto [near, far] = SocketPair();
  const smtpd::TlsServer server{.identities = {{certificate() + ".crt", certificate() + ".key"}},
                                .least = TlsVersion::tls1_0,
                                .most = most};
  std::thread other([&] {
    serve(far.get(), server, outcome.server_name);
    far.reset();
  });
  {
    const smtpd::SystemClock clock;
    FdStream below(near.get(), near.get(), clock);
    const smtpd::Deadline deadline = clock.after(smtpd::seconds(20));
    const auto session = crypto().tls_client(how, below, deadline);
    if (!session) {
      outcome.failure = session.error();
    } else {
      outcome.protocol = (*session)->facts().protocol;
      std::array<char, 100> buffer;
      if ((*session)->write("there and back", deadline).has_value()) {
        const auto got = (*session)->read(buffer, deadline, Stream::Interrupt::no);
        if (got) outcome.echo.assign(buffer.data(), *got);
      }
    }
  }
  near.reset();
  other.join();
  return outcome;
}

bool failed_for(const Outcome& outcome, std::string_view reason) {
  BOOST_REQUIRE(outcome.failure);
  BOOST_TEST_MESSAGE(outcome.failure->what);
  BOOST_TEST((outcome.failure->code == Errc::syntax));
  return outcome.failure->what.find(reason) != std::string::npos;
}

BOOST_AUTO_TEST_SUITE(tls_as_a_client)

BOOST_AUTO_TEST_CASE(a_certificate_that_is_trusted_and_has_the_name_is_good) {
  const Outcome outcome = converse({.name = "mx.test", .authorities = certificate() + ".crt"});
  BOOST_TEST((outcome.failure ? outcome.failure->what : std::string()) == "");
  BOOST_TEST(outcome.protocol == "TLSv1.3");
  BOOST_TEST(outcome.server_name == "mx.test");
  BOOST_TEST(outcome.echo == "there and back");
}

BOOST_AUTO_TEST_CASE(another_name_is_refused) {
  BOOST_TEST(failed_for(converse({.name = "mx2.test", .authorities = certificate() + ".crt"}),
                        "hostname mismatch"));
  BOOST_TEST(failed_for(converse({.name = "127.0.0.1", .authorities = certificate() + ".crt"}),
                        "IP address mismatch"));
}

BOOST_AUTO_TEST_CASE(an_authority_that_nobody_trusts_is_refused) {
  BOOST_TEST(failed_for(converse({.name = "mx.test"}), "self-signed certificate"));
}

BOOST_AUTO_TEST_CASE(any_certificate_will_do_where_none_is_looked_at) {
  const Outcome outcome = converse({.verifies = false});
  BOOST_TEST(outcome.echo == "there and back");
  BOOST_TEST(outcome.server_name == "");
  const Outcome named = converse({.name = "mx2.test", .verifies = false});
  BOOST_TEST(named.echo == "there and back");
  BOOST_TEST(named.server_name == "mx2.test");
}

BOOST_AUTO_TEST_CASE(versions_have_a_least) {
  BOOST_TEST(converse({.verifies = false}, TlsVersion::tls1_2).protocol == "TLSv1.2");
  BOOST_TEST(
      failed_for(converse({.verifies = false, .least = TlsVersion::tls1_3}, TlsVersion::tls1_2),
                 "protocol version"));
}

BOOST_AUTO_TEST_CASE(a_list_of_authorities_that_is_none_is_a_mistake_of_the_configuration) {
  const Outcome outcome = converse({.authorities = "/nonexistent/authorities"});
  BOOST_REQUIRE(outcome.failure);
  BOOST_TEST(outcome.failure->what == "/nonexistent/authorities: No such file or directory");
}

BOOST_AUTO_TEST_CASE(a_server_that_is_silent_or_ends_is_no_endless_wait) {
  const smtpd::SystemClock clock;
  auto [near, far] = SocketPair();
  FdStream below(near.get(), near.get(), clock);
  const auto silent = crypto().tls_client({}, below, clock.after(smtpd::milliseconds(50)));
  BOOST_TEST((silent.error().code == Errc::timeout));
  far.reset();
  const auto ended = crypto().tls_client({}, below, clock.after(smtpd::seconds(20)));
  BOOST_TEST((ended.error().code == Errc::closed));
}

/// Answers what comes from somebody else than the server.
class Answering final : public smtpd::io::Meanwhile {
 public:
  explicit Answering(int fd) : entry_{fd, POLLIN, 0} {}
  std::span<pollfd> descriptors() override { return {&entry_, 1}; }
  smtpd::Deadline due() override { return smtpd::Deadline::never(); }
  void go_on() override {
    char octet = 0;
    if (::recv(entry_.fd, &octet, 1, MSG_DONTWAIT) == 1) ::send(entry_.fd, &octet, 1, 0);
  }

 private:
  pollfd entry_;
};

BOOST_AUTO_TEST_CASE(other_work_goes_on_below_tls) {
  const smtpd::SystemClock clock;
  const smtpd::Deadline deadline = clock.after(smtpd::seconds(20));
  const SocketPair sockets, others;
  const smtpd::TlsServer server{.identities = {{certificate() + ".crt", certificate() + ".key"}}};
  // Once the client waits, the server says nothing before the other work has been done: first in
  // a read, then in a look at the input.
  std::thread other([&] {
    FdStream stream(sockets.far.get(), sockets.far.get(), clock);
    const auto acceptor = crypto().tls_server(server);
    const auto session = (*acceptor)->accept(stream, {}, deadline);
    char octet = 'x';
    for (int i = 0; i < 2 && session; ++i) {
      ::send(others.far.get(), &octet, 1, 0);
      if (::recv(others.far.get(), &octet, 1, 0) == 1) (void)(*session)->write("late", deadline);
    }
  });
  FdStream below(sockets.near.get(), sockets.near.get(), clock);
  Answering work(others.near.get());
  below.set_meanwhile(&work);
  const auto session = crypto().tls_client({.verifies = false}, below, deadline);
  std::array<char, 4> buffer{};
  for (int i = 0; i < 2 && session; ++i) {
    if (i == 1) BOOST_CHECK((*session)->wait_for_input(deadline) == smtpd::io::Input::data);
    const auto got = (*session)->read(buffer, deadline, Stream::Interrupt::yes);
    BOOST_TEST(std::string_view(buffer.data(), got.value_or(0)) == "late");
  }
  BOOST_TEST(session.has_value());
  ::shutdown(others.near.get(), SHUT_RDWR);
  other.join();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
