#include "lib/mail/date.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

using namespace std::chrono;
using smtpd::parse_mail_date;

namespace {

/// 2026-01-02 03:04:05 UTC.
constexpr sys_seconds when = sys_seconds(sys_days(year(2026) / 1 / 2)) + 3h + 4min + 5s;

void check(std::string_view value, sys_seconds expected) {
  BOOST_TEST_CONTEXT(value) {
    const auto date = parse_mail_date(value);
    BOOST_REQUIRE(date.has_value());
    BOOST_TEST(date->time_since_epoch().count() == expected.time_since_epoch().count());
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(date)

BOOST_AUTO_TEST_CASE(today_s_form) {
  check("Fri, 02 Jan 2026 03:04:05 +0000", when);
  check("Fri, 2 Jan 2026 03:04:05 -0000", when);
  check("Fri, 2 Jan 2026 04:34:05 +0130", when);
  check("Thu, 1 Jan 2026 19:04:05 -0800", when);
  check("2 Jan 2026 03:04:05 +0000", when);
  check("Fri, 2 Jan 2026 03:04 +0000", when - 5s);
  check("fri, 2 JAN 2026 03:04:05 +0000", when);
  check("Mon, 2 Jan 2026 03:04:05 +0000", when);  // a wrong day name says nothing
  check("Fri,2 Jan 2026 03:04:05 +0000", when);
}

BOOST_AUTO_TEST_CASE(comments_and_folds) {
  check("Fri, 2 Jan 2026 03:04:05 +0000 (UTC)", when);
  check("Fri, 2 Jan 2026 04:04:05 +0100 (CET (in \\) winter))", when);
  check("(a)Fri(b), (c)2(d)Jan (e) 2026(f) 03:04:05(g)+0000(h)", when);
  check("Fri, 2 Jan 2026\n 03:04:05\n\t+0000", when);
}

BOOST_AUTO_TEST_CASE(obsolete_zones) {
  const struct {
    std::string_view zone;
    hours ahead;
  } cases[] = {{"UT", 0h},   {"GMT", 0h},  {"Z", 0h},    {"EST", -5h}, {"EDT", -4h}, {"CST", -6h},
               {"CDT", -5h}, {"MST", -7h}, {"MDT", -6h}, {"PST", -8h}, {"PDT", -7h}, {"est", -5h},
               {"A", 0h},    {"Y", 0h},    {"CEST", 0h}, {"NZDT", 0h}};
  for (const auto& c : cases)
    check("Fri, 2 Jan 2026 03:04:05 " + std::string(c.zone), when - c.ahead);
  check("Fri, 2 Jan 2026 03:04:05", when);
  check("Fri, 2 Jan 2026 04:34:05 +01:30", when);
}

BOOST_AUTO_TEST_CASE(years) {
  check("2 Jan 26 03:04:05 GMT", when);
  check("2 Jan 126 03:04:05 GMT", when);
  check("1 Jan 49 00:00:00 GMT", sys_days(year(2049) / 1 / 1));
  check("1 Jan 50 00:00:00 GMT", sys_days(year(1950) / 1 / 1));
  check("1 Jan 100 00:00:00 GMT", sys_days(year(2000) / 1 / 1));
  check("31 Dec 9999 00:00:00 GMT", sys_days(year(9999) / 12 / 31));
  check("1 Jan 0000 00:00:00 GMT", sys_days(year(0) / 1 / 1));
}

BOOST_AUTO_TEST_CASE(other_forms) {
  check("Fri Jan  2 03:04:05 2026", when);
  check("Fri Jan 2 03:04:05 GMT 2026", when);
  check("Fri Jan 2 03:04:05 EST 2026", when + 5h);
  check("Friday, 2 January 2026 03:04:05 +0000", when);
  check("1 May 2026 00:00:00 +0000", sys_days(year(2026) / 5 / 1));
}

BOOST_AUTO_TEST_CASE(leap) {
  check("Sat, 31 Dec 2016 23:59:60 +0000", sys_days(year(2017) / 1 / 1));
  check("29 Feb 2024 00:00:00 +0000", sys_days(year(2024) / 2 / 29));
}

BOOST_AUTO_TEST_CASE(no_dates) {
  const std::string_view values[] = {
      "",
      " ",
      "(",
      "(comment)",
      "Fri, 2 Jan 2026 03:04:05 +0000 (open",
      "yesterday",
      "Fri",
      "Fri, 2 Jan 2026",
      "Fri, 2 Jan 03:04:05 +0000",
      "29 Feb 2025 00:00:00 +0000",
      "31 Apr 2026 00:00:00 +0000",
      "0 Jan 2026 00:00:00 +0000",
      "32 Jan 2026 00:00:00 +0000",
      "002 Jan 2026 00:00:00 +0000",
      "2 Ja 2026 00:00:00 +0000",
      "2 Janu. 2026 00:00:00 +0000",
      "2 Januaryy 2026 00:00:00 +0000",
      "2 01 2026 00:00:00 +0000",
      "2 Jan 6 00:00:00 +0000",
      "2 Jan 20260 00:00:00 +0000",
      "2 Jan -026 00:00:00 +0000",
      "2 Jan 2026 24:00:00 +0000",
      "2 Jan 2026 03:60:00 +0000",
      "2 Jan 2026 03:04:61 +0000",
      "2 Jan 2026 03:4:05 +0000",
      "2 Jan 2026 0304 +0000",
      "2 Jan 2026 03:04:05:06 +0000",
      "2 Jan 2026 03:04:05.6 +0000",
      "2 Jan 2026 :04:05 +0000",
      "2 Jan 2026 03:04:05 +0060",
      "2 Jan 2026 03:04:05 +01",
      "2 Jan 2026 03:04:05 +1:00",
      "2 Jan 2026 03:04:05 01000",
      "2 Jan 2026 03:04:05 +-100",
      "2 Jan 2026 03:04:05 +0000 +0000",
      "Fri, Fri, 2 Jan 2026 03:04:05 +0000",
      "1 2 3 4 5 6 7 8 9",
      "Fri Jan 2 03:04:05 2026 GMT GMT",
      "\xff\xfe\x80",
  };
  for (const std::string_view value : values) {
    BOOST_TEST_CONTEXT(value) { BOOST_TEST(!parse_mail_date(value).has_value()); }
  }
}

BOOST_AUTO_TEST_CASE(costs_no_more_than_its_length) {
  BOOST_TEST(!parse_mail_date(std::string(1'000'000, '(')).has_value());
  BOOST_TEST(!parse_mail_date(std::string(1'000'000, ':')).has_value());
  check(std::string(1'000'000, ' ') + "2 Jan 2026 03:04:05 GMT", when);
}

BOOST_AUTO_TEST_SUITE_END()
