#include "lib/kit/dns_zones.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

#include "lib/base/text.hpp"

using namespace std::literals;
using namespace smtpd;

namespace {

constexpr std::string_view key = "abcdefghij0123456789z";  // 21 characters

DnsZone zone_of(std::string_view text, ZoneForm form = ZoneForm::plain) {
  const auto zone = parse_zone({.text = std::string(text), .file = "f", .line = 3}, form);
  BOOST_REQUIRE(zone.has_value());
  return *zone;
}

std::string error_of(std::string_view text, ZoneForm form = ZoneForm::plain) {
  const auto zone = parse_zone({.text = std::string(text), .file = "f", .line = 3}, form);
  return zone ? "accepted" : zone.error().what;
}

dns::Answer answer_of(std::string_view addresses) {
  dns::Answer answer{.outcome = dns::Outcome::answer};
  for (const std::string_view text : words(addresses))
    answer.addresses.push_back(IpAddress::parse(text).value());
  return answer;
}

/// `listed CODE`, `error`, `nothing`.
std::string finding(const DnsZone& zone, const dns::Answer& answer) {
  const ZoneFinding found = judge(zone, answer);
  if (found.is_listed()) return "listed " + found.code.text();
  BOOST_TEST(found.is_error() == !found.why.empty());
  return found.is_error() ? "error" : "nothing";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dns_zones)

BOOST_AUTO_TEST_CASE(lines) {
  const struct {
    std::string_view line;
    ZoneForm form;
    std::string_view zone, shown, text, rest;
  } cases[] = {
      {"BL.Example.org.", ZoneForm::plain, "bl.example.org", "bl.example.org", "", ""},
      {"bl.example.org:Blocked: %IP% is bad", ZoneForm::colon_text, "bl.example.org",
       "bl.example.org", "Blocked: %IP% is bad", ""},
      {"bl.example.org: codes=1", ZoneForm::colon_text, "bl.example.org", "bl.example.org",
       "codes=1", ""},
      {"bl.example.org codes=127.0.0.2 text=  a  b=c ", ZoneForm::colon_text, "bl.example.org",
       "bl.example.org", "a  b=c", ""},
      {"bl.example.org is a list", ZoneForm::plain, "bl.example.org", "bl.example.org", "",
       "is a list"},
      {"bl.example.org weight=2 14,1 deny", ZoneForm::plain, "bl.example.org", "bl.example.org", "",
       "14,1 deny"},
      {"bl.example.org see http://x.test/?a=b", ZoneForm::plain, "bl.example.org", "bl.example.org",
       "", "see http://x.test/?a=b"},
      {"bl.example.org http://x.test/?a=b", ZoneForm::plain, "bl.example.org", "bl.example.org", "",
       "http://x.test/?a=b"},
      {"bl.example.org name=ours", ZoneForm::plain, "bl.example.org", "ours", "", ""},
      {"abcdefghij0123456789z.bl.example.org", ZoneForm::plain,
       "abcdefghij0123456789z.bl.example.org", "....bl.example.org", "", ""},
      {"abcdefghij0123456789.bl.example.org", ZoneForm::plain,
       "abcdefghij0123456789.bl.example.org", "abcdefghij0123456789.bl.example.org", "", ""},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.line) {
      const DnsZone zone = zone_of(c.line, c.form);
      BOOST_TEST(zone.zone == c.zone);
      BOOST_TEST(zone.shown == c.shown);
      BOOST_TEST(zone.text == c.text);
      BOOST_TEST(zone.rest == c.rest);
      BOOST_TEST(zone.where == "f:3");
    }
  }
}

BOOST_AUTO_TEST_CASE(values) {
  const DnsZone plain = zone_of("bl.example.org");
  BOOST_TEST(plain.weight == 1);
  BOOST_TEST(plain.mask == 0);
  BOOST_TEST((plain.v4 && plain.v6));
  const DnsZone full = zone_of("bl.example.org weight=-3 mask=14 test=Listed.bl v4");
  BOOST_TEST(full.weight == -3);
  BOOST_TEST(full.mask == 14);
  BOOST_TEST(full.test == "listed.bl");
  const IpAddress v4 = IpAddress::parse("192.0.2.1").value();
  const IpAddress v6 = IpAddress::parse("2001:db8::1").value();
  const IpAddress mapped = IpAddress::parse("::ffff:192.0.2.1").value();
  BOOST_TEST((full.asks(v4) && full.asks(mapped) && !full.asks(v6)));
  const DnsZone six = zone_of("bl.example.org v6");
  BOOST_TEST((six.asks(v6) && !six.asks(v4) && !six.asks(mapped)));
  const DnsZone names = zone_of("bl.example.org names");
  BOOST_TEST((!names.asks(v4) && !names.asks(v6)));
}

BOOST_AUTO_TEST_CASE(errors) {
  const struct {
    std::string_view line;
    ZoneForm form;
    std::string_view expected;
  } cases[] = {
      {"bl", ZoneForm::plain, "f:3: 'bl' is no zone, which is a name such as bl.example.org"},
      {"zen.spamhaus,org", ZoneForm::plain,
       "f:3: 'zen.spamhaus,org' is no zone; did you mean 'zen.spamhaus.org'?"},
      {"bl..example.org", ZoneForm::plain,
       "f:3: 'bl..example.org' is no zone, which is a name such as bl.example.org"},
      {"bl.example.org:text", ZoneForm::plain,
       "f:3: 'bl.example.org:text' is no zone, which is a name such as bl.example.org"},
      {"codes=127.0.0.2 bl.example.org", ZoneForm::plain,
       "f:3: 'codes=127.0.0.2' is no zone, which is a name such as bl.example.org"},
      {"bl.example.org code=127.0.0.2", ZoneForm::plain,
       "f:3: there is no word 'code='; did you mean 'codes='?"},
      {"bl.example.org v4 v6", ZoneForm::plain,
       "f:3: v4 and v6 exclude each other; without them both are asked about"},
      {"bl.example.org mask=0", ZoneForm::plain,
       "f:3: mask= is a number from 1 to 4294967295, not '0'"},
      {"bl.example.org mask=4294967296", ZoneForm::plain,
       "f:3: mask= is a number from 1 to 4294967295, not '4294967296'"},
      {"bl.example.org weight=101", ZoneForm::plain,
       "f:3: weight= is a whole number from -100 to 100, not '101'"},
      {"bl.example.org weight=--1", ZoneForm::plain,
       "f:3: weight= is a whole number from -100 to 100, not '--1'"},
      {"bl.example.org name=", ZoneForm::plain, "f:3: name= is a word in ASCII, not ''"},
      {"bl.example.org test=a..b", ZoneForm::plain, "f:3: test= is a name in the zone, not 'a..b'"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.line) BOOST_TEST(error_of(c.line, c.form) == c.expected);
  }
  for (const std::string_view codes :
       {"", "127.0.0", "127.0.0.2.3", "127.0.0.256", "127.0.0.3-2", "127.0.0.2,", "127.0.0.-2",
        "128.0.0.2", "*.0.0.2", "126-127.0.0.2", "127.0.0.2-", "127.0.0.+2", "::1"}) {
    BOOST_TEST_CONTEXT(codes)
    BOOST_TEST(error_of("bl.example.org codes=" + std::string(codes))
                   .starts_with("f:3: codes= is a list"));
  }
  BOOST_TEST(!error_of(std::string(key) + ".example.org weight=x").contains(key));
  BOOST_TEST(!error_of(std::string(key) + "..example.org").contains(key));
}

BOOST_AUTO_TEST_CASE(words_of_nobody) {
  const DnsZone zone = zone_of("bl.example.org dney");
  constexpr std::string_view more[] = {"deny", "log"};
  BOOST_TEST(unknown_zone_word(zone, "dney", more).what ==
             "f:3: there is no word 'dney' for a zone; did you mean 'deny'?");
  BOOST_TEST(unknown_zone_word(zone, "name").what ==
             "f:3: there is no word 'name' for a zone; did you mean 'name='?");
}

BOOST_AUTO_TEST_CASE(wrong_lines_are_left_out) {
  const ConfigLine all[] = {{.text = "a.test", .file = "f", .line = 1},
                            {.text = "b", .file = "f", .line = 2},
                            {.text = "c.test", .file = "f", .line = 3}};
  const ZoneLines read = parse_zones(all, ZoneForm::plain);
  BOOST_REQUIRE(read.zones.size() == 2);
  BOOST_TEST(read.zones[1].zone == "c.test");
  BOOST_TEST(read.errors.size() == 1);
}

BOOST_AUTO_TEST_CASE(questions) {
  const DnsZone zone = zone_of("bl.example.org");
  BOOST_TEST(zone_question(zone, *IpAddress::parse("192.0.2.7")).name ==
             "7.2.0.192.bl.example.org");
  BOOST_TEST(zone_question(zone, *IpAddress::parse("::ffff:192.0.2.7")).name ==
             "7.2.0.192.bl.example.org");
  BOOST_TEST(zone_question(zone, *IpAddress::parse("2001:db8::1")).name ==
             "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.example.org");
  const dns::Question txt = zone_question(zone, "evil.test", dns::Type::txt);
  BOOST_TEST(txt.name == "evil.test.bl.example.org");
  BOOST_TEST((txt.type == dns::Type::txt));
  BOOST_TEST(control_question(zone, ZoneSubject::address).name == "1.0.0.127.bl.example.org");
  BOOST_TEST(control_question(zone, ZoneSubject::domain).name == "invalid.bl.example.org");
}

BOOST_AUTO_TEST_CASE(findings) {
  const struct {
    std::string_view words, addresses, expected;
  } cases[] = {
      {"", "127.0.0.2", "listed 127.0.0.2"},
      {"", "127.0.0.10 127.0.0.2", "listed 127.0.0.10"},
      {"", "127.1.2.3", "listed 127.1.2.3"},
      {"", "127.0.0.1", "error"},
      {"codes=127.0.0.1", "127.0.0.1", "error"},
      {"", "127.0.0.255", "error"},
      {"codes=127.0.0.255", "127.0.0.255", "error"},
      {"", "127.0.1.255", "error"},
      {"codes=127.0.1.*", "127.0.1.255", "error"},
      {"codes=127.0.1.255", "127.0.1.255", "listed 127.0.1.255"},
      {"codes=127.0.1.2-255", "127.0.1.255", "listed 127.0.1.255"},
      {"", "127.255.255.252", "error"},
      {"", "127.255.255.254", "error"},
      {"", "127.255.255.255", "error"},
      {"", "127.255.255.0", "error"},
      {"codes=127.255.255.*", "127.255.255.254", "error"},
      {"", "127.255.254.254", "listed 127.255.254.254"},
      {"", "192.0.2.1", "error"},
      {"", "126.255.255.255", "error"},
      {"", "128.0.0.0", "error"},
      {"", "127.0.0.2 192.0.2.1", "error"},
      {"", "127.0.0.2 127.255.255.254", "error"},
      {"codes=127.0.0.2-11", "127.0.0.2", "listed 127.0.0.2"},
      {"codes=127.0.0.2-11", "127.0.0.11", "listed 127.0.0.11"},
      {"codes=127.0.0.2-11", "127.0.0.12", "nothing"},
      {"codes=127.0.0.2-11", "127.0.0.12 127.0.0.3", "listed 127.0.0.3"},
      {"codes=127.0.0.2,127.0.*.3", "127.0.9.3", "listed 127.0.9.3"},
      {"codes=127.0.0.2,127.0.*.3", "127.1.9.3", "nothing"},
      {"mask=6", "127.0.0.2", "listed 127.0.0.2"},
      {"mask=6", "127.0.0.8", "nothing"},
      {"mask=16777216", "127.0.0.2", "listed 127.0.0.2"},
      {"mask=6 codes=127.0.0.8", "127.0.0.8", "nothing"},
      {"mask=8 codes=127.0.0.8", "127.0.0.8", "listed 127.0.0.8"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.words << ' ' << c.addresses) {
      const DnsZone zone = zone_of("bl.example.org " + std::string(c.words));
      BOOST_TEST(finding(zone, answer_of(c.addresses)) == c.expected);
    }
  }
  const DnsZone zone = zone_of("bl.example.org");
  BOOST_TEST(finding(zone, {.outcome = dns::Outcome::no_name}) == "nothing");
  BOOST_TEST(finding(zone, {.outcome = dns::Outcome::no_data}) == "nothing");
  BOOST_TEST(finding(zone, {.outcome = dns::Outcome::failed, .why = "no answer"}) == "error");
}

BOOST_AUTO_TEST_CASE(a_key_is_not_shown) {
  const std::string name = std::string(key) + ".bl.example.org";
  const DnsZone zone = zone_of(name);
  BOOST_TEST(zone.hidden("asked 2.0.0.127." + name + "\n and " + lower(name) + "!") ==
             "asked 2.0.0.127.....bl.example.org? and ....bl.example.org!");
  BOOST_TEST(zone.hidden("the key " + lower(key) + " has ended") == "the key ... has ended");
  BOOST_TEST(dns::to_text(zone_question(zone, "evil.test")) == "evil.test.....bl.example.org A");
  BOOST_TEST(dns::to_text(dns::canonical(control_question(zone, ZoneSubject::domain))) ==
             "invalid.....bl.example.org A");
  const DnsZone named = zone_of("secret.bl.example.org name=ours");
  BOOST_TEST(dns::to_text(zone_question(named, IpAddress::parse("192.0.2.7").value())) ==
             "7.2.0.192.ours A");
  BOOST_TEST(named.hidden("Secret.BL.example.org") == "ours");
  BOOST_TEST(!judge(zone, {.why = name + " failed"}).why.contains(key));
}

BOOST_AUTO_TEST_CASE(local_addresses) {
  for (const std::string_view text :
       {"127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.1.1",
        "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "::1", "fd00::1", "fe80::1",
        "ff02::1", "::ffff:10.0.0.1"})
    BOOST_TEST_CONTEXT(text) BOOST_TEST(is_local_address(IpAddress::parse(text).value()));
  for (const std::string_view text :
       {"192.0.2.1", "172.32.0.1", "11.0.0.1", "100.128.0.1", "2001:db8::1", "::ffff:192.0.2.1"})
    BOOST_TEST_CONTEXT(text) BOOST_TEST(!is_local_address(IpAddress::parse(text).value()));
}

BOOST_AUTO_TEST_CASE(texts_with_an_address) {
  BOOST_TEST(with_address("see x?ip=%IP% (%IP%)", "192.0.2.1") == "see x?ip=192.0.2.1 (192.0.2.1)");
  BOOST_TEST(with_address("%IP", "192.0.2.1") == "%IP");
  BOOST_TEST(with_address("", "192.0.2.1") == "");
}

BOOST_AUTO_TEST_SUITE_END()
