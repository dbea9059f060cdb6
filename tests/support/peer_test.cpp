#include "tests/support/peer.hpp"

#include <unistd.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>
#include <string>
#include <string_view>

#include "lib/base/text.hpp"
#include "lib/client/exchange.hpp"
#include "tests/support/fake_dialer.hpp"
#include "tests/support/peer_ports.hpp"
#include "tests/support/peer_server.hpp"

using namespace smtpd;
using namespace smtpd::transcript;
namespace data = boost::unit_test::data;

namespace {

constexpr std::chrono::seconds patience{10};

Section section_of(std::string_view lines) {
  Section section{.kind = Section::Kind::peer, .line = 1, .argument = "p"};
  unsigned number = 1;
  for (const std::string_view line : split(lines, '/'))
    section.lines.push_back({++number, std::string(line)});
  return section;
}

/// What goes wrong when each of `said` is sent over a connection of its own; empty if nothing does.
std::string problem_of(const std::optional<Problem>& problem) {
  return problem ? std::to_string(problem->line) + ": " + problem->what : "";
}

void talk(Dialer& dialer, const Clock& clock, std::uint16_t port,
          const std::vector<std::string_view>& said) {
  for (const std::string_view octets : said) {
    const Deadline deadline = clock.after(patience);
    auto stream = dialer.dial({"127.0.0.1", port, ""}, deadline);
    if (!stream) continue;
    Exchange exchange(*std::move(stream), "", {.deadline = deadline});
    static_cast<void>(exchange.say(octets));
    exchange.limit({.deadline = clock.after(milliseconds(200))});
    static_cast<void>(exchange.all());
  }
}

struct Case {
  const char *name, *script;
  std::vector<std::string_view> said;
  const char* problem;  // "": none
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

const Case cases[] = {
    {"as written", "conn/< a */> b/conn/<= \"cd\"/close", {"a x\r\n", "cd"}, ""},
    {"bare LF ends a line", "conn/< a", {"a\n"}, ""},
    {"hang", "conn/< a/hang", {"a\r\n"}, ""},
    {"!refuse", "!refuse", {"a\r\n", "b\r\n"}, ""},
    {"another line",
     "conn/< a/> b",
     {"x\r\n"},
     "3: the peer expects '< a', what comes is \"x\\r\\n\""},
    {"other octets",
     "conn/<= \"abc\"",
     {"abd"},
     "3: the peer expects '<= \"abc\"', what comes is *"},
    {"less", "conn/< a/< b", {"a\r\n"}, "4: the peer still expects or says '< b'*"},
    {"more", "conn/< a", {"a\r\nb\r\n"}, "3: nobody expects what the peer was sent: \"b\\r\\n\""},
    {"no connection", "conn/< a", {}, "1: the peer has connections that nobody makes"},
    {"one connection less",
     "conn/< a/conn",
     {"a\r\n"},
     "1: the peer has connections that nobody makes"},
    {"one connection more",
     "conn/< a",
     {"a\r\n", ""},
     "1: the peer gets a connection more than it has"},
};

struct Bad {
  const char *script, *problem;
};
std::ostream& operator<<(std::ostream& out, const Bad& bad) { return out << bad.script; }

const Bad bad_scripts[] = {
    {"> a", "2: a peer begins with conn or !refuse"},
    {"conn/hello", "3: a peer has no line of this form"},
    {"conn/<= abc", "3: *"},
    {"conn/hang now", "3: nothing can follow on this line"},
    {"conn/hang/> a", "4: only conn can follow here"},
    {"conn/close/< a", "4: only conn can follow here"},
    {"!refuse/conn", "1: a peer has connections, or it has !refuse"},
};

bool fits(const char* glob, const std::string& text) {
  Variables none;
  return Pattern::glob(glob).matches(text, none);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(peer_scripts)

BOOST_DATA_TEST_CASE(in_process, data::make(cases), c) {
  PeerPorts ports;
  const std::uint16_t port = *ports.reserve("p");
  ManualClock clock;
  FakeDialer dialer({*parse_peer(section_of(c.script))}, {{"p", std::to_string(port)}}, clock);
  talk(dialer, clock, port, c.said);
  const std::string problem = problem_of(dialer.finish());
  BOOST_TEST(fits(c.problem, problem), problem);
}

BOOST_DATA_TEST_CASE(black_box, data::make(cases), c) {
  PeerPorts ports;
  const std::uint16_t port = *ports.reserve("p");
  const SystemClock clock;
  const auto server =
      PeerServer::start(*parse_peer(section_of(c.script)), {{"p", std::to_string(port)}}, patience);
  BOOST_REQUIRE(server.has_value());
  SystemDialer dialer(clock);
  talk(dialer, clock, port, c.said);
  const std::string problem = problem_of((*server)->finish());
  BOOST_TEST(fits(c.problem, problem), problem);
}

BOOST_DATA_TEST_CASE(malformed, data::make(bad_scripts), c) {
  const auto script = parse_peer(section_of(c.script));
  BOOST_REQUIRE(!script.has_value());
  const std::string problem = problem_of(script.error());
  BOOST_TEST(fits(c.problem, problem), problem);
}

BOOST_AUTO_TEST_CASE(at_a_path) {
  const std::string path = "/tmp/smtpd-peer-" + std::to_string(::getpid());
  const SystemClock clock;
  for (const char* problem : {"", "3: the peer expects '< a', what comes is *"}) {
    const auto server =
        PeerServer::start(*parse_peer(section_of("conn/< a")), {{"p", path}}, patience);
    BOOST_REQUIRE(server.has_value());
    SystemDialer real(clock);
    ManualClock moved;
    FakeDialer fake({*parse_peer(section_of("conn/< a"))}, {{"p", path}}, moved);
    for (Dialer* dialer : {static_cast<Dialer*>(&real), static_cast<Dialer*>(&fake)}) {
      auto stream = dialer->dial({"", 0, path}, clock.after(patience));
      BOOST_REQUIRE(stream.has_value());
      Exchange exchange(*std::move(stream), "", {.deadline = clock.after(patience)});
      static_cast<void>(exchange.say(*problem ? "b\r\n" : "a\r\n"));
      static_cast<void>(exchange.all());
    }
    for (const std::string& found : {problem_of((*server)->finish()), problem_of(fake.finish())})
      BOOST_TEST(fits(problem, found), found);
  }
  ::unlink(path.c_str());
}

BOOST_AUTO_TEST_CASE(a_port_for_each_name) {
  PeerPorts ports;
  const auto one = ports.reserve("one"), two = ports.reserve("two");
  BOOST_REQUIRE(one.has_value());
  BOOST_REQUIRE(two.has_value());
  BOOST_TEST(*one != *two);
  BOOST_TEST(*ports.reserve("one") == *one);
}

BOOST_AUTO_TEST_SUITE_END()
