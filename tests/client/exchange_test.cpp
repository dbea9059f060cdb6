#include "lib/client/exchange.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "lib/base/text.hpp"
#include "tests/support/closed_services.hpp"
#include "tests/support/fake_dialer.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/talker.hpp"

using namespace smtpd;
using namespace smtpd::transcript;
namespace data = boost::unit_test::data;

namespace {

std::string to_string(Errc code) {
  constexpr std::array names{"syntax", "too_long",  "timeout",    "closed", "stopped",
                             "io",     "not_found", "permission", "config", "limit"};
  return names[static_cast<std::size_t>(code)];
}

template <class T>
std::string outcome(const std::expected<T, Error>& result) {
  if (!result) return to_string(result.error().code) + ": " + result.error().what;
  if constexpr (std::is_void_v<T>)
    return "done";
  else
    return std::string(*result);
}

/// What the reads give, with '/' between them, up to the first error. `l` is a line, `n` a
/// netstring, `a` all, `u;` what stands in front of a semicolon, `3` exactly three octets.
std::string read(Exchange& exchange, std::string_view reads) {
  std::string all;
  for (; !reads.empty(); reads.remove_prefix(1)) {
    std::expected<std::string, Error> got;
    if (reads[0] == 'a') {
      got = exchange.all();
    } else {
      const auto view = reads[0] == 'l'   ? exchange.line()
                        : reads[0] == 'n' ? exchange.netstring()
                        : reads[0] == 'u'
                            ? exchange.until(reads[1])
                            : exchange.exactly(static_cast<std::size_t>(reads[0] - '0'));
      if (view) got = std::string(*view);
      if (!view) got = std::unexpected(view.error());
      if (reads[0] == 'u') reads.remove_prefix(1);
    }
    all += (all.empty() ? "" : "/") + outcome(got) + '|';
    if (!got) break;
  }
  return all;
}

struct Case {
  const char *name, *says;
  std::size_t bound;
  const char *reads, *result;
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

const Case cases[] = {
    {"lines", "a\r\nbc\n\r\n\n", 99, "llll", "a|/bc|/|/|"},
    {"a CR within a line", "a\rb\r\r\n", 99, "l", "a\rb\r|"},
    {"an unfinished line", "a\nhalf", 99, "ll", "a|/closed: p: it has closed the connection|"},
    {"a stop octet", "a;b;;c", 99, "u;u;u;", "a|/b|/|"},
    {"no stop octet", "abc", 99, "u;", "closed: p: it has closed the connection|"},
    {"exactly", "abcdef", 99, "321", "abc|/de|/f|"},
    {"exactly none", "", 99, "0", "|"},
    {"less than that", "ab", 99, "3", "closed: p: it has closed the connection|"},
    {"all", "abc\r\ndef", 99, "a", "abc\r\ndef|"},
    {"nothing at all", "", 99, "a", "|"},
    {"one after the other", "line\r\nabc;5:hello,rest", 99, "l3u;na", "line|/abc|/|/hello|/rest|"},
    {"netstrings", "5:hello,0:,2::,,", 99, "nnn", "hello|/|/:,|"},
    {"a netstring that ends too early", "5:hel", 99, "n",
     "closed: p: it has closed the connection|"},
    {"a netstring without its comma", "3:abcd", 99, "n",
     "syntax: p: what it says is no netstring|"},
    {"a netstring with a zero in front", "05:hello,", 99, "n",
     "syntax: p: what it says is no netstring|"},
    {"a netstring without a length", ":,", 99, "n", "syntax: p: what it says is no netstring|"},
    {"a netstring of gigabytes", "1234567890:", 99, "n",
     "syntax: p: what it says is no netstring|"},
    {"no netstring", "220 mx.test ESMTP", 99, "n", "syntax: p: what it says is no netstring|"},
    {"a line as long as the bound", "abc\n", 4, "l", "abc|"},
    {"a line that is longer", "abcd\n", 4, "l", "too_long: p: it says more than 4 octets|"},
    {"a line without an end", "abcdefgh", 4, "l", "too_long: p: it says more than 4 octets|"},
    {"lines in sum", "ab\ncd\n", 5, "ll", "ab|/too_long: p: it says more than 5 octets|"},
    {"exactly the bound", "abcdef", 4, "31", "abc|/d|"},
    {"exactly more", "abcdef", 4, "32", "abc|/too_long: p: the answer has more than 4 octets|"},
    {"all of the bound", "abc", 3, "a", "abc|"},
    {"all of more", "abcd", 3, "a", "too_long: p: the answer has more than 3 octets|"},
    {"what is left of it", "a\nbcd", 4, "la", "a|/too_long: p: the answer has more than 4 octets|"},
    {"a netstring beyond it", "8:abcdefgh,", 9, "n",
     "too_long: p: the answer has more than 9 octets|"},
};

/// With a dialer that is no way out.
struct Fixture {
  explicit Fixture(const Clock& clock, Dialer& dialer)
      : closed(clock, log, Environment()),
        services{clock,
                 closed.services().environment,
                 log,
                 dialer,
                 closed.services().programs,
                 closed.services().crypto,
                 closed.services().resolver} {}
  StderrSink log;
  ClosedServices closed;
  Services services;
};

PeerScript peer(const std::string& name, std::vector<std::string> lines) {
  Section section{.kind = Section::Kind::peer, .line = 1, .argument = name};
  for (std::string& line : lines) section.lines.push_back({1, std::move(line)});
  return *parse_peer(section);
}

/// Refuses everybody, each after a second, and remembers until when it was asked to try.
class Refusing final : public Dialer {
 public:
  explicit Refusing(ManualClock& clock) : clock_(clock) {}
  std::expected<std::unique_ptr<io::Stream>, Error> dial(const io::Endpoint& endpoint,
                                                         Deadline deadline) override {
    patience.push_back(std::chrono::duration_cast<seconds>(deadline.when() - clock_.now()));
    clock_.move(seconds(1));
    return std::unexpected(Error{Errc::closed, endpoint.text() + " refuses"});
  }
  std::vector<seconds> patience;

 private:
  ManualClock& clock_;
};

/// Hears nothing.
class Deaf final : public io::Stream {
 public:
  std::expected<std::size_t, Error> read(std::span<char>, Deadline, Interrupt) override {
    return std::unexpected(Error{Errc::io, "read"});
  }
  std::expected<void, Error> write(std::string_view, Deadline) override {
    return std::unexpected(Error{Errc::timeout, "timeout"});
  }
  io::Input wait_for_input(Deadline) override { return io::Input::silent; }
};

class NoCrypto final : public CryptoSource {
 public:
  std::expected<Crypto*, Error> get() override {
    return std::unexpected(Error{Errc::config, "no module"});
  }
};

/// A server on a real socket; `serve` gets the connection and owns it.
template <class F>
class Listener {
 public:
  Listener(const io::Endpoint& where, F serve) {
    const bool is_local = !where.path.empty();
    fd_.reset(::socket(is_local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un local{.sun_family = AF_UNIX, .sun_path = {}};
    where.path.copy(local.sun_path, sizeof local.sun_path - 1);
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* const address = is_local ? reinterpret_cast<const sockaddr*>(&local)
                                         : reinterpret_cast<const sockaddr*>(&v4);
    socklen_t size = is_local ? sizeof local : sizeof v4;
    BOOST_REQUIRE(::bind(fd_.get(), address, size) == 0);
    BOOST_REQUIRE(::listen(fd_.get(), 1) == 0);
    endpoint = where;
    if (!is_local) {
      BOOST_REQUIRE(::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&v4), &size) == 0);
      endpoint.port = ntohs(v4.sin_port);
    }
    thread_ = std::thread([this, serve] {
      UniqueFd accepted(::accept(fd_.get(), nullptr, nullptr));
      serve(std::move(accepted));
    });
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { thread_.join(); }
  io::Endpoint endpoint;

 private:
  UniqueFd fd_;
  std::thread thread_;
};

/// The descriptor that comes beside an octet; -1 if none does.
int receive_descriptor(int socket) {
  char octet = 0;
  iovec text{&octet, 1};
  alignas(cmsghdr) std::array<char, 64> beside{};
  msghdr message{};
  message.msg_iov = &text;
  message.msg_iovlen = 1;
  message.msg_control = beside.data();
  message.msg_controllen = beside.size();
  if (::recvmsg(socket, &message, 0) != 1 || !CMSG_FIRSTHDR(&message)) return -1;
  int passed = -1;
  std::copy_n(CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof passed,
              reinterpret_cast<unsigned char*>(&passed));
  return passed;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(exchange)

BOOST_DATA_TEST_CASE(reads_in_pieces_of_any_size, data::make(cases), c) {
  for (std::size_t piece = 1; piece <= std::string_view(c.says).size() + 1; ++piece) {
    std::string told;
    Exchange exchange(std::make_unique<Talker>(c.says, piece, told), "p", {.octets = c.bound});
    BOOST_TEST(read(exchange, c.reads) == c.result);
  }
}

BOOST_AUTO_TEST_CASE(limits_begin_anew) {
  std::string told;
  Exchange exchange(std::make_unique<Talker>("ab\ncd\n", 99, told), "p", {.octets = 3});
  BOOST_TEST(outcome(exchange.line()) == "ab");
  exchange.limit({.octets = 3});
  BOOST_TEST(outcome(exchange.line()) == "cd");
}

BOOST_AUTO_TEST_CASE(who_has_no_name_is_not_named) {
  std::string told;
  Exchange exchange(std::make_unique<Talker>("", 99, told), "", {});
  BOOST_TEST(outcome(exchange.line()) == "closed: it has closed the connection");
  BOOST_TEST(exchange.nonsense("nonsense").error().what == "nonsense");
}

BOOST_AUTO_TEST_CASE(what_is_unread) {
  std::string told;
  Exchange exchange(std::make_unique<Talker>("a\nb\nc", 4, told), "p", {});
  BOOST_TEST(exchange.unread() == "");
  BOOST_TEST(exchange.talks());
  BOOST_TEST(outcome(exchange.line()) == "a");
  BOOST_TEST(exchange.unread() == "b\n");
  BOOST_TEST(outcome(exchange.line()) == "b");
  BOOST_TEST(exchange.unread() == "");
  BOOST_TEST(exchange.talks());
  BOOST_TEST(outcome(exchange.exactly(1)) == "c");
  BOOST_TEST(!exchange.talks());
  Exchange at_once(std::make_unique<Talker>("a\nb\n", 99, told), "p", {});
  BOOST_TEST(outcome(at_once.line()) == "a");
  BOOST_TEST(at_once.talks());
}

BOOST_AUTO_TEST_CASE(a_peer_that_says_why_and_closes) {
  std::string told;
  Exchange exchange(std::make_unique<Talker>("too large\n", 99, told, 3), "p", {});
  BOOST_TEST(outcome(exchange.say("abc")) == "done");
  BOOST_TEST(!exchange.is_closed());
  BOOST_TEST(outcome(exchange.say("def")) == "done");
  BOOST_TEST(exchange.is_closed());
  BOOST_TEST(outcome(exchange.say("ghi")) == "done");
  BOOST_TEST(told == "abc");
  BOOST_TEST(outcome(exchange.line()) == "too large");
  BOOST_TEST(outcome(exchange.line()) == "closed: p: it has closed the connection");
}

BOOST_AUTO_TEST_CASE(a_socket_that_is_closed_while_it_is_written_to) {
  const SystemClock clock;
  SystemDialer dialer(clock);
  Fixture fixture(clock, dialer);
  const Folder folder;
  const auto serve = [](UniqueFd client) {
    std::array<char, 10> some;
    [[maybe_unused]] const auto got = ::read(client.get(), some.data(), some.size());
    [[maybe_unused]] const auto sent = ::write(client.get(), "too large\n", 10);
  };
  for (const io::Endpoint& where :
       {io::Endpoint{"127.0.0.1", 0, ""}, io::Endpoint{"", 0, folder.path() + "/socket"}}) {
    const Listener listener(where, serve);
    auto exchange =
        Exchange::open(fixture.services, listener.endpoint, {.deadline = clock.after(seconds(10))});
    BOOST_REQUIRE(exchange.has_value());
    const std::string piece(100'000, 'x');
    for (int i = 0; i < 1000 && !exchange->is_closed(); ++i)
      BOOST_TEST(outcome(exchange->say(piece)) == "done");
    BOOST_TEST(exchange->is_closed());
    BOOST_TEST(outcome(exchange->all()) == "too large\n");
  }
}

BOOST_AUTO_TEST_CASE(other_errors_of_a_write_are_errors) {
  Exchange exchange(std::make_unique<Deaf>(), "p", {});
  BOOST_TEST(outcome(exchange.say("abc")) == "timeout: p: timeout");
  BOOST_TEST(!exchange.is_closed());
  BOOST_TEST(outcome(exchange.pass(0)) ==
             "config: p: a descriptor goes through a Unix socket only");
  BOOST_TEST(outcome(exchange.all()) == "io: p: read");
}

BOOST_AUTO_TEST_CASE(the_first_address_that_takes_the_connection) {
  ManualClock clock;
  FakeDialer dialer({peer("one", {"!refuse"}), peer("two", {"conn", "< hello", "> you", "hang"})},
                    {{"one", "1"}, {"two", "2"}}, clock);
  Fixture fixture(clock, dialer);
  const std::vector<io::Endpoint> where{{"127.0.0.1", 1, ""}, {"127.0.0.1", 2, ""}};
  const Deadline deadline = clock.after(seconds(10));
  auto exchange = Exchange::open(fixture.services, where, {.deadline = deadline});
  BOOST_REQUIRE(exchange.has_value());
  BOOST_TEST(outcome(exchange->say("hello\r\n")) == "done");
  BOOST_TEST(outcome(exchange->line()) == "you");
  // One deadline for all of it.
  clock.move(seconds(4));
  BOOST_TEST(outcome(exchange->line()) == "timeout: 127.0.0.1:2: timeout");
  BOOST_CHECK(clock.now() == deadline.when());
  BOOST_CHECK(!dialer.finish());
}

BOOST_AUTO_TEST_CASE(addresses_share_the_time) {
  ManualClock clock;
  Refusing dialer(clock);
  Fixture fixture(clock, dialer);
  const std::vector<io::Endpoint> where{
      {"127.0.0.1", 1, ""}, {"127.0.0.1", 2, ""}, {"127.0.0.1", 3, ""}};
  const auto refused =
      Exchange::open(fixture.services, where, {.deadline = clock.after(seconds(31))});
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().what == "127.0.0.1:3 refuses");
  BOOST_CHECK((dialer.patience == std::vector{seconds(10), seconds(15), seconds(29)}));
  const auto nowhere = Exchange::open(fixture.services, std::span<const io::Endpoint>(), {});
  BOOST_TEST(nowhere.error().what == "no address to connect to");
}

BOOST_AUTO_TEST_CASE(tls_begins_only_where_nothing_is_unread) {
  NoCrypto crypto;
  std::string told;
  Exchange exchange(std::make_unique<Talker>("go\nHELLO", 99, told), "p", {});
  BOOST_TEST(outcome(exchange.line()) == "go");
  BOOST_TEST(outcome(exchange.secure(crypto, {})) ==
             "syntax: p: it says something before TLS begins");
  BOOST_TEST(outcome(exchange.exactly(5)) == "HELLO");
  BOOST_TEST(outcome(exchange.secure(crypto, {})) == "config: p: no module");
}

BOOST_AUTO_TEST_CASE(a_descriptor_goes_through_a_unix_socket) {
  const SystemClock clock;
  SystemDialer dialer(clock);
  Fixture fixture(clock, dialer);
  const Folder folder;
  std::array<int, 2> ends{};
  BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const UniqueFd near(ends[0]);
  UniqueFd far(ends[1]);
  {
    const Listener listener({"", 0, folder.path() + "/socket"}, [](UniqueFd client) {
      const UniqueFd passed(receive_descriptor(client.get()));
      [[maybe_unused]] const auto sent = ::write(passed.get(), "hello", 5);
    });
    auto exchange =
        Exchange::open(fixture.services, listener.endpoint, {.deadline = clock.after(seconds(10))});
    BOOST_REQUIRE(exchange.has_value());
    BOOST_TEST(outcome(exchange->pass(far.get())) == "done");
    far.reset();
    std::array<char, 10> came;
    BOOST_TEST(::read(near.get(), came.data(), came.size()) == 5);
  }
  const Listener listener({"127.0.0.1", 0, ""}, [](const UniqueFd&) {});
  auto exchange =
      Exchange::open(fixture.services, listener.endpoint, {.deadline = clock.after(seconds(10))});
  BOOST_REQUIRE(exchange.has_value());
  BOOST_TEST(outcome(exchange->pass(near.get())) ==
             "config: " + listener.endpoint.text() +
                 ": a descriptor goes through a Unix socket only");
}

BOOST_AUTO_TEST_CASE(netstrings_to_be_said) {
  BOOST_TEST(as_netstring("hello") == "5:hello,");
  BOOST_TEST(as_netstring("") == "0:,");
}

BOOST_AUTO_TEST_SUITE_END()
