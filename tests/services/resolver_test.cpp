#include "lib/services/resolver.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <string>

#include "tests/support/fake_dns.hpp"
#include "tests/support/scripted_stream.hpp"

using namespace smtpd::dns;
using smtpd::Deadline;
using smtpd::milliseconds;
using smtpd::seconds;
using smtpd::SteadyTime;
using smtpd::transcript::FakeDns;
using smtpd::transcript::ManualClock;
using namespace std::chrono_literals;

namespace {

struct Sent {
  std::size_t server;
  SteadyTime at;
  bool has_edns;
  std::uint16_t id;
};

/// Servers that answer from a script each, or say nothing, or are not there.
class Network final : public Transport {
 public:
  enum class Kind { answers, is_silent, refuses };
  struct Server {
    Kind kind = Kind::answers;
    FakeDns dns;
    milliseconds delay{0};
  };
  explicit Network(ManualClock& clock) : clock_(clock) {}

  void send(std::size_t server, std::string_view message, std::uint32_t ticket) override {
    const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(message[i]); };
    sent.push_back({server, clock_.now(), octet(11) == 1,
                    static_cast<std::uint16_t>(octet(0) << 8 | octet(1))});
    Server& asked = servers.at(server);
    if (asked.kind == Kind::is_silent) return;
    Arrival arrival{.ticket = ticket, .server = server};
    if (asked.kind == Kind::refuses) arrival.why = "nobody answers there";
    SteadyTime arrives = clock_.now() + asked.delay;
    if (asked.kind == Kind::answers) {
      auto response = asked.dns.respond(message, FakeDns::Carrier::udp, clock_.now());
      if (response.octets.empty()) return;
      arrives += response.after;
      arrival.octets = std::move(response.octets);
    }
    coming_.emplace(arrives, std::move(arrival));
  }
  std::vector<Arrival> receive() override {
    std::vector<Arrival> all;
    while (!coming_.empty() && coming_.begin()->first <= clock_.now()) {
      all.push_back(std::move(coming_.begin()->second));
      coming_.erase(coming_.begin());
    }
    return all;
  }
  void wait(Deadline until) override {
    const Deadline end = earlier(until, due());
    BOOST_REQUIRE(!end.is_never());
    clock_.move(std::max(end.when() - clock_.now(), SteadyTime::duration::zero()));
  }
  std::span<pollfd> descriptors() override { return {&descriptor_, 1}; }
  Deadline due() override {
    return coming_.empty() ? Deadline::never() : Deadline::at(coming_.begin()->first);
  }

  std::vector<Server> servers;
  std::vector<Sent> sent;

 private:
  ManualClock& clock_;
  std::multimap<SteadyTime, Arrival> coming_;
  pollfd descriptor_{-1, POLLIN, 0};
};

struct Lines final : smtpd::LogSink {
  void write(std::string_view line) override { all.append(line) += '\n'; }
  std::string all;
};

smtpd::transcript::DnsScript script(const std::vector<std::string>& lines) {
  smtpd::transcript::Section section;
  for (const std::string& line : lines) section.lines.push_back({0, line});
  auto parsed = smtpd::transcript::parse_dns(section, {});
  if (!parsed) BOOST_FAIL(parsed.error().what);
  return *parsed;
}

/// A resolver with servers 192.0.2.1, 192.0.2.2 ... and a time-out of 1 s.
class World {
 public:
  explicit World(std::vector<Network::Server> servers, Settings settings = {}) {
    for (std::size_t i = 0; i < servers.size() && settings.servers.size() < servers.size(); ++i)
      settings.servers.push_back({*smtpd::IpAddress::parse("192.0.2." + std::to_string(i + 1))});
    settings.timeout = 1s;
    auto made = std::make_unique<Network>(clock);
    network = made.get();
    network->servers = std::move(servers);
    resolver = std::make_unique<Resolver>(
        Resolver::Parts{std::move(settings), std::move(made), clock, log});
  }
  Answer ask(const Question& question, milliseconds patience = 60s) {
    return resolver->ask(question, clock.after(patience));
  }
  /// Milliseconds since the beginning.
  long long now() const { return (clock.now() - begin).count() / 1'000'000; }

  ManualClock clock;
  const SteadyTime begin = clock.now();
  Lines lines;
  smtpd::Log log{lines, clock};
  Network* network = nullptr;
  std::unique_ptr<Resolver> resolver;
};

Network::Server answering(const std::vector<std::string>& lines, milliseconds delay = 0ms) {
  return {Network::Kind::answers, FakeDns(script(lines)), delay};
}
Network::Server silent() { return {Network::Kind::is_silent, FakeDns({})}; }
Network::Server refusing() { return {Network::Kind::refuses, FakeDns({})}; }

const Question a{"a.test", Type::a}, b{"b.test", Type::a}, c{"c.test", Type::a};
const std::vector<std::string> abc{"a.test A 192.0.2.65", "b.test A 192.0.2.66",
                                   "c.test A 192.0.2.67"};

}  // namespace

BOOST_AUTO_TEST_SUITE(resolver)

BOOST_AUTO_TEST_CASE(a_question_is_asked_once) {
  World world({answering(abc, 40ms)});
  BOOST_TEST(world.ask(a).addresses.at(0).text() == "192.0.2.65");
  BOOST_TEST(world.now() == 40);
  BOOST_TEST(world.ask({"A.Test.", Type::a}).addresses.size() == 1U);
  world.resolver->start(a);
  BOOST_TEST(world.now() == 40);
  BOOST_TEST(world.network->sent.size() == 1U);
}

BOOST_AUTO_TEST_CASE(many_take_as_long_as_the_slowest) {
  World world({answering(
      {"a.test A 192.0.2.1 after 50ms", "b.test A 192.0.2.2 after 20ms", "c.test A !timeout"})});
  const Question questions[] = {a, b, a, c};
  const auto answers = world.resolver->ask_all(questions, world.clock.after(500ms));
  BOOST_TEST(world.now() == 500);
  BOOST_TEST(answers.at(1).addresses.at(0).text() == "192.0.2.2");
  BOOST_TEST(answers.at(2).has_records());
  BOOST_TEST(answers.at(3).has_failed());
  BOOST_TEST(answers.at(3).why == "no answer in the time that the check has");
  BOOST_TEST(world.network->sent.size() == 3U);
}

BOOST_AUTO_TEST_CASE(what_comes_after_the_deadline_counts_for_the_next) {
  World world({answering({"a.test A 192.0.2.1 after 800ms"})});
  BOOST_TEST(world.ask(a, 300ms).has_failed());
  BOOST_TEST(!world.resolver->peek(a).has_value());
  BOOST_TEST(world.ask(a).has_records());
  BOOST_TEST(world.now() == 800);
  BOOST_TEST(world.resolver->peek(a).has_value());
  BOOST_TEST(world.network->sent.size() == 1U);
}

BOOST_AUTO_TEST_CASE(attempts_take_longer_and_longer_and_go_without_edns) {
  World world({silent()}, {.attempts = 3});
  const Answer answer = world.ask(a);
  BOOST_TEST(answer.has_failed());
  BOOST_TEST(answer.why == "no answer from 192.0.2.1 in 4 s");
  BOOST_TEST(world.now() == 7000);
  BOOST_REQUIRE(world.network->sent.size() == 3U);
  BOOST_TEST(world.network->sent[0].has_edns);
  BOOST_TEST(!world.network->sent[1].has_edns);
  BOOST_TEST((world.network->sent[2].at - world.begin == 3s));
}

BOOST_AUTO_TEST_CASE(a_silent_server_is_asked_last_from_then_on) {
  World world({silent(), answering(abc)});
  BOOST_TEST(world.ask(a).has_records());
  BOOST_TEST(world.now() == 1000);
  BOOST_TEST(world.ask(b).has_records());
  BOOST_TEST(world.now() == 1000);
  BOOST_TEST(world.network->sent.back().server == 1U);
}

BOOST_AUTO_TEST_CASE(a_late_answer_of_the_first_server_still_counts) {
  World world({answering(abc, 1200ms), silent()});
  BOOST_TEST(world.ask(a).has_records());
  BOOST_TEST(world.now() == 1200);
  BOOST_TEST(world.network->sent.size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_next_server_is_asked_at_once_where_one_has_no_answer) {
  for (const char* const mark : {"!servfail", "!refused", "!garbage"}) {
    World world({answering({std::string("a.test A ") + mark}), answering(abc)});
    BOOST_TEST(world.ask(a).has_records());
    BOOST_TEST(world.now() == 0);
    BOOST_TEST(world.network->sent.size() == 2U);
  }
  World world({refusing(), answering({"a.test A !servfail"}), refusing()});
  BOOST_TEST(world.ask(a).why == "nobody answers there, from 192.0.2.3");
  BOOST_TEST(world.now() == 0);
  BOOST_TEST(world.network->sent.size() == 3U);
}

BOOST_AUTO_TEST_CASE(without_edns_each_question_is_asked_again_and_all_later_ones_go_without) {
  World world({answering({"a.test A !formerr-edns", "a.test A 192.0.2.1", "b.test A !formerr-edns",
                          "b.test A 192.0.2.2", "c.test A !formerr-edns", "c.test A 192.0.2.3"})});
  const Question first[] = {a, b};
  for (const Answer& answer : world.resolver->ask_all(first, world.clock.after(1s)))
    BOOST_TEST(answer.has_records());
  BOOST_TEST(world.network->sent.size() == 4U);
  BOOST_TEST(world.ask(c).has_records());
  BOOST_TEST(world.network->sent.size() == 5U);
  BOOST_TEST(!world.network->sent.back().has_edns);
}

BOOST_AUTO_TEST_CASE(a_server_that_has_refused_is_not_tried_again) {
  World world({answering({"a.test A !servfail"}), silent()});
  BOOST_TEST(world.ask(a).why == "no answer from 192.0.2.2 in 2 s");
}

BOOST_AUTO_TEST_CASE(what_depends_on_an_answer_is_asked_in_the_meantime) {
  World world({answering({"a.test PTR b.test after 30ms", "b.test A 192.0.2.2 after 30ms"})});
  Resolver& resolver = *world.resolver;
  resolver.start({"a.test", Type::ptr}, [&](const Answer& answer) {
    for (const std::string& name : answer.names) resolver.start({name, Type::a});
  });
  smtpd::io::Meanwhile& meanwhile = resolver.meanwhile();
  BOOST_TEST(meanwhile.descriptors().size() == 1U);
  while (!meanwhile.due().is_never()) {
    world.clock.move(std::max(meanwhile.due().when() - world.clock.now(), SteadyTime::duration()));
    meanwhile.go_on();
  }
  BOOST_TEST(world.now() == 60);
  BOOST_TEST(meanwhile.descriptors().empty());
  BOOST_TEST(world.ask(b).has_records());
  BOOST_TEST(world.now() == 60);
  bool is_told = false;
  resolver.start(b, [&](const Answer& answer) { is_told = answer.has_records(); });
  BOOST_TEST(is_told);
}

BOOST_AUTO_TEST_CASE(another_client_hears_nothing_of_the_old_ones_questions) {
  World world({answering(abc, 30ms)});
  int told = 0;
  world.resolver->start(a, [&](const Answer&) { ++told; });
  world.resolver->forget_client();
  BOOST_TEST(world.ask(a).has_records());
  BOOST_TEST(told == 0);
}

BOOST_AUTO_TEST_CASE(who_waits_and_throws_harms_nobody) {
  World world({answering(abc)});
  world.resolver->start(a, [](const Answer&) { throw std::runtime_error("oh"); });
  BOOST_TEST(world.ask(a).has_records());
  BOOST_TEST(world.lines.all.find("has thrown: oh") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_failure_lasts_as_long_as_the_transaction) {
  World world({answering({"a.test A !servfail"})});
  BOOST_TEST(world.ask(a).has_failed());
  world.clock.move(1h);
  BOOST_TEST(world.ask(a).why == "SERVFAIL from 192.0.2.1");
  BOOST_TEST(world.network->sent.size() == 1U);
  world.resolver->end_transaction();
  BOOST_TEST(world.ask(a).has_failed());
  BOOST_TEST(world.network->sent.size() == 2U);
}

BOOST_AUTO_TEST_CASE(an_answer_lasts_as_long_as_its_ttl) {
  World world({answering(abc)});  // 300 s
  world.resolver->start(a);
  world.clock.move(1h);
  BOOST_TEST(world.ask(a).has_records());  // nobody had it before
  BOOST_TEST(world.network->sent.size() == 1U);
  BOOST_TEST(world.ask(b).has_records());
  world.clock.move(299s);
  BOOST_TEST(world.ask(b).has_records());
  BOOST_TEST(world.network->sent.size() == 2U);
  world.clock.move(1s);
  BOOST_TEST(world.ask(b).has_records());
  BOOST_TEST(world.network->sent.size() == 3U);
}

BOOST_AUTO_TEST_CASE(at_the_bound_nothing_more_is_asked_but_what_has_to_be) {
  World world({answering(abc)}, {.questions = 1});
  BOOST_TEST(world.ask(a).has_records());
  BOOST_TEST(world.ask(a).has_records());
  BOOST_TEST(world.ask(b).why == "more than 1 questions in a transaction");
  BOOST_TEST(world.ask(c).has_failed());
  bool is_told = false;
  world.resolver->start(b, [&](const Answer& answer) { is_told = answer.has_failed(); });
  BOOST_TEST(is_told);
  const auto first = world.lines.all.find("questions of a transaction are asked");
  BOOST_TEST(first != std::string::npos);
  BOOST_TEST(world.lines.all.find("questions of a transaction are asked", first + 1) ==
             std::string::npos);
  BOOST_TEST(world.resolver->ask(b, world.clock.after(1s), Budget::exempt).has_records());
  world.resolver->end_transaction();
  BOOST_TEST(world.ask(c).has_records());
}

BOOST_AUTO_TEST_CASE(a_name_that_is_none_is_never_sent) {
  World world({answering(abc)});
  for (const char* const name : {"", ".", "a..test", "a b.test", "b\xc3\xbc.test"})
    BOOST_TEST((world.ask({name, Type::a}).outcome == Outcome::no_name));
  BOOST_TEST(world.network->sent.empty());
}

BOOST_AUTO_TEST_CASE(ad_is_trusted_of_the_loopback_or_where_it_is_said) {
  const std::vector<std::string> signed_lines{"a.test A 192.0.2.1 ad", "b.test A 192.0.2.2"};
  BOOST_TEST(!World({answering(signed_lines)}).ask(a).authentic);
  BOOST_TEST(World({answering(signed_lines)}, {.trust_ad = true}).ask(a).authentic);
  const Settings local{.servers = {{*smtpd::IpAddress::parse("127.0.0.2")}}};
  World world({answering(signed_lines)}, local);
  BOOST_TEST(world.ask(a).authentic);
  BOOST_TEST(!world.ask(b).authentic);
}

BOOST_AUTO_TEST_CASE(addresses_of_a_host_are_both_kinds) {
  const std::vector<std::string> lines{
      "a.test A 192.0.2.1", "a.test AAAA 2001:db8::1", "b.test AAAA 2001:db8::2",
      "c.test A !servfail", "c.test AAAA 2001:db8::3", "d.test A !servfail",
      "e.test TXT x"};
  World world({answering(lines)});
  const auto addresses = [&](std::string_view host) {
    return addresses_of(*world.resolver, host, world.clock.after(1s));
  };
  BOOST_TEST(addresses("a.test").addresses.size() == 2U);
  BOOST_TEST(addresses("b.test").addresses.at(0).text() == "2001:db8::2");
  BOOST_TEST(addresses("c.test").has_records());
  BOOST_TEST(addresses("d.test").has_failed());
  BOOST_TEST((addresses("e.test").outcome == Outcome::no_data));
  BOOST_TEST((addresses("f.test").outcome == Outcome::no_name));
}

BOOST_AUTO_TEST_CASE(ids_differ) {
  World world({answering(abc)});
  const Question questions[] = {a, b, c};
  world.resolver->ask_all(questions, world.clock.after(1s));
  const auto& sent = world.network->sent;
  BOOST_TEST((sent[0].id != sent[1].id || sent[1].id != sent[2].id));
}

BOOST_AUTO_TEST_CASE(the_cache_holds_no_more_than_it_may) {
  const ManualClock clock;
  Cache cache(clock);
  const auto question = [](std::size_t i) { return Question{std::to_string(i), Type::a}; };
  for (std::size_t i = 0; i < Cache::most + 10; ++i)
    cache.put(question(i), {.outcome = Outcome::no_data, .ttl = seconds(100 + (i * 7) % 1000)});
  BOOST_TEST(cache.size() == Cache::most);
  BOOST_TEST(cache.find(question(0), Cache::Use::look) == nullptr);  // it would have expired first
  BOOST_TEST(cache.find(question(Cache::most + 9), Cache::Use::look) != nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
