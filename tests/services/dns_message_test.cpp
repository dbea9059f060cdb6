#include "lib/services/dns_message.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "lib/services/dns_transport.hpp"

using namespace smtpd::dns;
using namespace std::string_literals;

namespace {

std::string number(unsigned value) {
  return {static_cast<char>(value >> 8 & 0xff), static_cast<char>(value & 0xff)};
}

/// `mx.test` on the wire.
std::string wire(std::string_view name) {
  std::string octets;
  while (!name.empty()) {
    const auto label = name.substr(0, name.find('.'));
    (octets += static_cast<char>(label.size())) += label;
    name.remove_prefix(std::min(label.size() + 1, name.size()));
  }
  return octets + '\0';
}

struct Counts {
  unsigned answers = 0, authorities = 0, additional = 0;
};

/// An answer to `example.org TYPE`, whose name stands at 12.
std::string message(unsigned flags, Type type, const Counts& counts, const std::string& rest) {
  return number(7) + number(flags) + number(1) + number(counts.answers) +
         number(counts.authorities) + number(counts.additional) + wire("example.org") +
         number(static_cast<unsigned>(type)) + number(1) + rest;
}

std::string record(const std::string& owner, unsigned type, unsigned ttl, const std::string& data) {
  return owner + number(type) + number(1) + number(ttl >> 16) + number(ttl & 0xffff) +
         number(static_cast<unsigned>(data.size())) + data;
}

const std::string here = "\xc0\x0c";
constexpr unsigned good = 0x8180, cname = 5, soa = 6;

Reading read(Type type, const std::string& octets) {
  return read_answer(octets, {"example.org", type});
}

std::string soa_data(unsigned minimum) {
  return wire("ns.test") + wire("root.test") + std::string(16, '\0') + number(minimum >> 16) +
         number(minimum & 0xffff);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dns_messages)

BOOST_AUTO_TEST_CASE(a_question_has_rd_and_ad_and_an_opt_record) {
  const std::string head = "\x12\x34\x01\x20\0\x01\0\0\0\0\0"s;
  const std::string question =
      "\x07"
      "example\x03"
      "org\0\0\x0f\0\x01"s;
  BOOST_TEST(write_question({"example.org.", Type::mx}, 0x1234, Edns::no) ==
             head + '\0' + question);
  BOOST_TEST(write_question({"example.org", Type::mx}, 0x1234, Edns::yes) ==
             head + '\1' + question + "\0\0\x29\x04\xd0\0\0\0\0\0\0"s);
}

BOOST_AUTO_TEST_CASE(records_of_each_type_are_read) {
  const auto a = read(
      Type::a, message(good, Type::a, {2},
                       record(here, 1, 60, "\xc0\0\2\1"s) + record(here, 1, 50, "\xc0\0\2\2"s)));
  BOOST_REQUIRE(a.answer.addresses.size() == 2U);
  BOOST_TEST(a.answer.addresses[1].text() == "192.0.2.2");
  BOOST_TEST(a.answer.ttl.count() == 50);
  BOOST_TEST(a.answer.owner == "example.org");
  BOOST_TEST(!a.answer.authentic);
  const auto aaaa = read(
      Type::aaaa, message(good | 0x20, Type::aaaa, {1},
                          record(here, 28, 9, "\x20\x01\x0d\xb8"s + std::string(11, '\0') + '\1')));
  BOOST_TEST(aaaa.answer.addresses.at(0).text() == "2001:db8::1");
  BOOST_TEST(aaaa.answer.authentic);
  const auto mx = read(Type::mx, message(good, Type::mx, {3},
                                         record(here, 15, 9, number(20) + "\1B" + here) +
                                             record(here, 15, 9, number(10) + wire("Mx.Test")) +
                                             record(here, 15, 9, number(10) + wire(""))));
  BOOST_REQUIRE(mx.answer.exchangers.size() == 3U);
  BOOST_TEST((mx.answer.exchangers[0] == Mx{10, "mx.test"}));
  BOOST_TEST((mx.answer.exchangers[1] == Mx{10, ""}));
  BOOST_TEST((mx.answer.exchangers[2] == Mx{20, "b.example.org"}));
  const auto txt =
      read(Type::txt, message(good, Type::txt, {2},
                              record(here, 16, 9, "\2ab\0\1c"s) + record(here, 16, 9, "\0"s)));
  BOOST_TEST((txt.answer.texts == std::vector<std::string>{"abc", ""}));
  const auto tlsa =
      read(Type::tlsa, message(good, Type::tlsa, {1}, record(here, 52, 9, "\3\1\1\xab\xcd"s)));
  BOOST_TEST((tlsa.answer.associations.at(0) == Tlsa{3, 1, 1, "\xab\xcd"}));
  const auto ptr =
      read(Type::ptr, message(good, Type::ptr, {1}, record(here, 12, 9, "\4a.b\n\1\\\1C\0"s)));
  BOOST_TEST(ptr.answer.names.at(0) == "a\\046b\\010.\\092.c");
}

BOOST_AUTO_TEST_CASE(a_chain_is_followed_to_its_end) {
  std::string chain;
  std::string owner = here;
  for (char link = '1'; link <= '8'; ++link) {
    const std::string next = wire("l"s + link);
    chain += record(owner, cname, 30, next);
    owner = next;
  }
  const std::string end = record(owner, 1, 60, "\xc0\0\2\1"s);
  const auto eight = read(
      Type::a, message(good, Type::a, {10}, record(wire("x"), 1, 1, "\1\2\3\4") + chain + end));
  BOOST_TEST((eight.answer.outcome == Outcome::answer));
  BOOST_TEST(eight.answer.owner == "l8");
  BOOST_TEST(eight.answer.addresses.size() == 1U);
  BOOST_TEST(eight.answer.ttl.count() == 30);
  const auto nine = read(Type::a, message(good, Type::a, {10},
                                          chain + record(owner, cname, 30, wire("l9")) +
                                              record(wire("l9"), 1, 60, "\1\2\3\4")));
  BOOST_TEST((nine.answer.outcome == Outcome::failed));
  const auto loop = read(Type::a, message(good, Type::a, {1}, record(here, cname, 30, here)));
  BOOST_TEST((loop.answer.outcome == Outcome::failed));
  const auto loose =
      read(Type::a, message(good, Type::a, {1}, record(here, cname, 30, wire("l1"))));
  BOOST_TEST((loose.answer.outcome == Outcome::no_data));
  BOOST_TEST(loose.answer.owner == "l1");
}

BOOST_AUTO_TEST_CASE(nothing_has_the_ttl_of_the_soa) {
  const auto no_name =
      read(Type::a, message(good | 3, Type::a, {0, 1}, record(here, soa, 600, soa_data(90000))));
  BOOST_TEST((no_name.answer.outcome == Outcome::no_name));
  BOOST_TEST(no_name.answer.ttl.count() == 600);
  const auto no_data =
      read(Type::a, message(good, Type::a, {0, 1}, record(here, soa, 600, soa_data(30))));
  BOOST_TEST((no_data.answer.outcome == Outcome::no_data));
  BOOST_TEST(no_data.answer.ttl.count() == 30);
  const auto silent = read(Type::a, message(good, Type::a, {}, ""));
  BOOST_TEST((silent.answer.outcome == Outcome::no_data));
  BOOST_TEST(silent.answer.ttl.count() == 0);
  const auto negative =
      read(Type::a, message(good, Type::a, {1}, record(here, 1, 0x80000001, "abcd")));
  BOOST_TEST(negative.answer.ttl.count() == 0);
}

BOOST_AUTO_TEST_CASE(what_is_no_answer_says_so) {
  const struct {
    std::string what, octets;
    Reading::Kind kind;
    std::string why;
  } cases[] = {
      {"SERVFAIL", message(good | 2, Type::a, {}, ""), Reading::Kind::refusal, "SERVFAIL"},
      {"REFUSED", message(good | 5, Type::a, {}, ""), Reading::Kind::refusal, "REFUSED"},
      {"FORMERR without the question", number(7) + number(good | 1) + std::string(8, '\0'),
       Reading::Kind::refusal, "FORMERR"},
      {"SERVFAIL without the question", number(7) + number(good | 2) + std::string(8, '\0'),
       Reading::Kind::nonsense, "the answer is one to another question"},
      {"BADVERS", message(good, Type::a, {0, 0, 1}, "\0\0\x29\x04\xd0\x01\0\0\0\0\0"s),
       Reading::Kind::refusal, "RCODE 16"},
      {"a question", message(0x0100, Type::a, {}, ""), Reading::Kind::nonsense, "it is no answer"},
      {"another type", message(good, Type::mx, {}, ""), Reading::Kind::nonsense,
       "the answer is one to another question"},
      {"cut off", message(good | 0x200, Type::a, {}, ""), Reading::Kind::nonsense,
       "the answer is cut off"},
      {"empty", "", Reading::Kind::nonsense, "the answer is damaged"},
      {"fewer records", message(good, Type::a, {1}, ""), Reading::Kind::nonsense,
       "the answer is damaged"},
      {"a long record", message(good, Type::a, {1}, record(here, 1, 9, "abcd").substr(0, 15)),
       Reading::Kind::nonsense, "the answer is damaged"},
      {"an address of 5", message(good, Type::a, {1}, record(here, 1, 9, "abcde")),
       Reading::Kind::nonsense, "a record of the answer is damaged"},
      {"a pointer to itself", message(good, Type::a, {1}, record("\xc0\x1d", 1, 9, "abcd")),
       Reading::Kind::nonsense, "the answer is damaged"},
      {"a pointer into the header", message(good, Type::a, {1}, record("\xc0\x02", 1, 9, "abcd")),
       Reading::Kind::nonsense, "the answer is damaged"},
      {"a pointer forwards", message(good, Type::a, {1}, record("\xc0\xff", 1, 9, "abcd")),
       Reading::Kind::nonsense, "the answer is damaged"},
      {"a label of 64",
       message(good, Type::a, {1}, record("\x40" + std::string(64, 'a'), 1, 9, "")),
       Reading::Kind::nonsense, "the answer is damaged"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.what) {
      const Reading reading = read(Type::a, c.octets);
      BOOST_TEST((reading.kind == c.kind));
      BOOST_TEST(reading.why == c.why);
    }
  }
  for (const auto& [type, data] :
       {std::pair(Type::txt, ""s), std::pair(Type::txt, "\3ab"s), std::pair(Type::mx, "\0"s),
        std::pair(Type::mx, "\0\1"s), std::pair(Type::ptr, "\1a\0b"s),
        std::pair(Type::tlsa, "\1\1"s), std::pair(Type::aaaa, "abcd"s)}) {
    const auto number_of_type = static_cast<unsigned>(type);
    const Reading reading =
        read(type, message(good, type, {1}, record(here, number_of_type, 9, data)));
    BOOST_TEST((reading.kind == Reading::Kind::nonsense));
  }
}

BOOST_AUTO_TEST_CASE(every_prefix_of_an_answer_is_damaged) {
  const std::string whole = message(
      good, Type::mx, {1, 1},
      record(here, 15, 9, number(10) + wire("mx.test")) + record(here, soa, 600, soa_data(30)));
  for (std::size_t length = 0; length < whole.size(); ++length)
    BOOST_TEST((read(Type::mx, whole.substr(0, length)).kind == Reading::Kind::nonsense));
  BOOST_TEST((read(Type::mx, whole).kind == Reading::Kind::answer));
}

BOOST_AUTO_TEST_CASE(names_that_are_sent) {
  const std::string label(63, 'a');
  const std::string longest = label + '.' + label + '.' + label + '.' + std::string(61, 'a');
  BOOST_TEST(longest.size() == 253U);
  for (const std::string& name : {"a"s, "a.b."s, "_25._tcp.mx"s, label, longest, "*.a"s})
    BOOST_TEST(is_name(name), name);
  for (const std::string& name : {""s, "."s, ".a"s, "a..b"s, "a b"s, "a\\b"s, "a\nb"s, "b\xc3\xbc"s,
                                  label + 'a', longest + 'a', "a.."s, "a\0b"s})
    BOOST_TEST(!is_name(name), name);
}

BOOST_AUTO_TEST_CASE(addresses_are_reversed) {
  const auto reverse = [](std::string_view text) {
    return reversed(*smtpd::IpAddress::parse(text));
  };
  BOOST_TEST(reverse("192.0.2.7") == "7.2.0.192");
  BOOST_TEST(reverse("::ffff:192.0.2.7") == "7.2.0.192");
  BOOST_TEST(reverse("2001:db8::567:89ab") ==
             "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2");
  BOOST_TEST(names_of(*smtpd::IpAddress::parse("192.0.2.7")).name == "7.2.0.192.in-addr.arpa");
  BOOST_TEST(names_of(*smtpd::IpAddress::parse("2001:db8::1")).name.ends_with(".2.ip6.arpa"));
}

BOOST_AUTO_TEST_SUITE_END()
