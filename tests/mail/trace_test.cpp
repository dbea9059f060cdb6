#include "lib/mail/trace.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <iterator>
#include <string>
#include <string_view>

#include "lib/base/text.hpp"

using namespace std::chrono;
using smtpd::authentication_results_id;
using smtpd::AuthenticationResult;
using smtpd::AuthenticationResults;
using smtpd::ReceivedParts;
using smtpd::WallTime;

namespace {

WallTime at(sys_days day, seconds of_day) {
  return time_point_cast<WallTime::duration>(sys_seconds(day) + of_day);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(trace)

BOOST_AUTO_TEST_CASE(dates) {
  const WallTime when = at(year(2026) / 1 / 2, hours(3) + minutes(4) + seconds(5));
  const struct {
    WallTime when;
    std::string_view date;
  } cases[] = {
      {when, "Fri, 02 Jan 2026 03:04:05 +0000"},
      {at(year(2024) / 2 / 29, seconds(0)), "Thu, 29 Feb 2024 00:00:00 +0000"},
      {at(year(2025) / 12 / 31, hours(24) - seconds(1)), "Wed, 31 Dec 2025 23:59:59 +0000"},
      {at(year(1970) / 1 / 1, seconds(0)), "Thu, 01 Jan 1970 00:00:00 +0000"},
      {at(year(2038) / 1 / 19, hours(3) + minutes(14) + seconds(8)),
       "Tue, 19 Jan 2038 03:14:08 +0000"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.date) { BOOST_TEST(smtpd::mail_date(c.when) == c.date); }
  }
}

BOOST_AUTO_TEST_CASE(literals) {
  BOOST_TEST(smtpd::literal("192.0.2.1") == "192.0.2.1");
  BOOST_TEST(smtpd::literal("2001:db8::1") == "IPv6:2001:db8::1");
}

BOOST_AUTO_TEST_CASE(received) {
  const ReceivedParts parts{.info = "ident@client.example",
                            .hello = "client.test",
                            .ip = "2001:db8::1",
                            .me = "mx.test",
                            .software = "smtpd/1.0",
                            .protocol = "ESMTPS",
                            .tls = "(TLS_AES_256_GCM_SHA384 encrypted)",
                            .recipient = "<u@example.com>",
                            .id = "mjwaid4z00llkss7.1",
                            .date = "Fri, 02 Jan 2026 03:04:05 +0000"};
  BOOST_TEST(smtpd::received_value(parts) ==
             "from ident@client.example (HELO client.test) (IPv6:2001:db8::1)\n"
             " by mx.test (smtpd/1.0) with ESMTPS (TLS_AES_256_GCM_SHA384 encrypted)\n"
             " id mjwaid4z00llkss7.1\n"
             " for <u@example.com>; Fri, 02 Jan 2026 03:04:05 +0000");
  ReceivedParts less = parts;
  less.tls = less.recipient = less.id = {};
  BOOST_TEST(smtpd::received_value(less) ==
             "from ident@client.example (HELO client.test) (IPv6:2001:db8::1)\n"
             " by mx.test (smtpd/1.0) with ESMTPS; Fri, 02 Jan 2026 03:04:05 +0000");
}

// What a client says in its greeting cannot end the comment that it stands in, nor the line.
BOOST_AUTO_TEST_CASE(received_of_a_liar) {
  const ReceivedParts parts{.info = "a\r\nX: y",
                            .hello = "x) by mx.test (\\\n\x01",
                            .ip = "192.0.2.1",
                            .me = "mx.test",
                            .software = "s",
                            .protocol = "SMTP",
                            .tls = {},
                            .recipient = "<a\nb@x>",
                            .date = "date"};
  BOOST_TEST(smtpd::received_value(parts) ==
             "from a??X: y (HELO x? by mx.test ???\?) (192.0.2.1)\n by mx.test (s) with SMTP\n for "
             "<a?b@x>; date");
}

BOOST_AUTO_TEST_CASE(who_has_authenticated) {
  BOOST_TEST(smtpd::auth_comment("anna@example.com", "plain") ==
             "(smtp-auth username anna@example.com, mechanism plain)");
  BOOST_TEST(smtpd::auth_comment("", "plain") == "(smtp-auth mechanism plain)");
  BOOST_TEST(smtpd::auth_comment("a)\\(\n\r\xc2\x85z", "plain") ==
             "(smtp-auth username a" + std::string(7, '?') + "z, mechanism plain)");
}

BOOST_AUTO_TEST_CASE(authentication_results) {
  const AuthenticationResult results[] = {
      {.method = "auth", .result = "none"},
      {.method = "spf", .result = "pass", .properties = {{"smtp.mailfrom", "b.test"}}},
      {.method = "dkim",
       .result = "fail",
       .comment = "1024 bits",
       .reason = "bad signature",
       .properties = {{"header.d", "b.test"}, {"header.i", "a@b.test"}, {"header.b", "dJ0Zp/x8"}}}};
  BOOST_TEST(smtpd::authentication_results_value("mx.test", {}) == "mx.test");
  BOOST_TEST(smtpd::authentication_results_value("mx.test", results) ==
             "mx.test;\n auth=none;\n spf=pass smtp.mailfrom=b.test;\n"
             " dkim=fail (1024 bits) reason=\"bad signature\" header.d=b.test\n"
             "  header.i=\"a@b.test\" header.b=\"dJ0Zp/x8\"");
}

// What comes from the network ends neither a value nor a line, and makes no line too long.
BOOST_AUTO_TEST_CASE(authentication_results_of_a_liar) {
  const AuthenticationResult results[] = {
      {.method = "x; auth",
       .result = "pass\n",
       .comment = "a) (b\\",
       .reason = "\"; dkim=pass",
       .properties = {{"smtp.mail from", "a\r\nX-Field: \xc2\x85"}}}};
  BOOST_TEST(smtpd::authentication_results_value("mx.test", results) ==
             "mx.test;\n x--auth=pass- (a? ?b?) reason=\"\\\"; dkim=pass\""
             " smtp.mail-from=\"aX-Field: ??\"");
  const std::string endless(5000, 'x');
  const AuthenticationResult much[] = {{.method = endless,
                                        .result = endless,
                                        .comment = endless,
                                        .reason = std::string(5000, '"'),
                                        .properties = {{endless, std::string(5000, '"')}}}};
  const std::string field = smtpd::authentication_results_value("mx.test", much);
  for (const std::string_view line : smtpd::split(field, '\n')) BOOST_TEST(line.size() < 998u);
}

BOOST_AUTO_TEST_CASE(authentication_results_are_bounded) {
  AuthenticationResults results;
  for (std::size_t i = 0; i < 2 * AuthenticationResults::most; ++i)
    results.add({.method = "x-test", .result = std::to_string(i)});
  BOOST_TEST(std::ranges::distance(results) == 100);
  BOOST_TEST(std::prev(results.end())->result == "99");
}

BOOST_AUTO_TEST_CASE(who_claims_to_have_authenticated) {
  const struct {
    std::string_view value, id;
  } cases[] = {
      {"mx.test; auth=none", "mx.test"},
      {"MX.Test; auth=none", "mx.test"},
      {"  mx.test  ;auth=none", "mx.test"},
      {"mx.test 1; auth=none", "mx.test"},
      {"mx.test", "mx.test"},
      {"mx.test\n ;auth=none", "mx.test"},
      {"\n mx.test;auth=none", "mx.test"},
      {"\tmx.test\t1;", "mx.test"},
      {"(comment) mx.test; auth=none", "mx.test"},
      {"(a (nested) comment) mx.test; x", "mx.test"},
      {"(a \\) quoted parenthesis) mx.test; x", "mx.test"},
      {"(;) mx.test; x", "mx.test"},
      {"mx.test(comment); x", "mx.test"},
      {"mx(comment).test; x", "mx.test"},
      {"\"mx.test\"; x", "mx.test"},
      {"\"mx.\\test\"; x", "mx.test"},
      {"\"mx;test\"; x", "mx;test"},
      {"\"a b\"; x", "a b"},
      {"mx.test.evil; x", "mx.test.evil"},
      {"", ""},
      {";", ""},
      {"(unfinished mx.test; x", ""},
      {"(a \\", ""},
      {"\"mx.test", "mx.test"},
  };
  for (const auto& c : cases)
    BOOST_TEST(smtpd::authentication_results_id(c.value) == c.id, c.value);
}

BOOST_AUTO_TEST_CASE(mime_values) {
  const struct {
    std::string_view text, value;
  } cases[] = {
      {"user", "user"},
      {"a.b-c_d!#$%&'*+^`{|}~", "a.b-c_d!#$%&'*+^`{|}~"},
      {"", "\"\""},
      {"u@example.com", "\"u@example.com\""},
      {"two words", "\"two words\""},
      {"a\"b\\c", "\"a\\\"b\\\\c\""},
      {"a=b", "\"a=b\""},
      {"a;b", "\"a;b\""},
      {"a\r\n;dkim=pass", "\"a;dkim=pass\""},
      {"\x7f", "\"\""},
      {"gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
  };
  for (const auto& c : cases) BOOST_TEST(smtpd::mime_value(c.text) == c.value, c.text);
}

BOOST_AUTO_TEST_SUITE_END()
