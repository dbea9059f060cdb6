#include "lib/host/refusals.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <string>

using smtpd::Hook;
using smtpd::Refusals;
using smtpd::Verdict;

BOOST_AUTO_TEST_SUITE(refusals)

BOOST_AUTO_TEST_CASE(kinds_are_counted) {
  Refusals refusals;
  BOOST_TEST(refusals.text() == "");
  refusals.record(Hook::rcpt, "rcpt_ok", Verdict::deny);
  refusals.record(Hook::pre_connection, "hosts_allow", Verdict::denysoft);
  refusals.record(Hook::rcpt, "rcpt_ok", Verdict::deny);
  refusals.record(Hook::rcpt, "rcpt_ok", Verdict::denysoft);
  refusals.record(Hook::rcpt, "other", Verdict::deny);
  BOOST_TEST(refusals.text() ==
             "rcpt/rcpt_ok/DENY*2,pre-connection/hosts_allow/DENYSOFT,rcpt/rcpt_ok/DENYSOFT,"
             "rcpt/other/DENY");
}

BOOST_AUTO_TEST_CASE(who_was_last) {
  Refusals refusals;
  BOOST_TEST(refusals.last() == "");
  refusals.record(Hook::rcpt, "rcpt_ok", Verdict::deny);
  BOOST_TEST(refusals.last() == "rcpt_ok");
  refusals.answered("other");
  BOOST_TEST(refusals.last() == "other");
  refusals.forget_last();
  BOOST_TEST(refusals.last() == "");
  BOOST_TEST(refusals.text() == "rcpt/rcpt_ok/DENY");
}

BOOST_AUTO_TEST_CASE(no_more_than_eight_kinds_are_kept) {
  Refusals refusals;
  const std::array<std::string, 10> names{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
  for (int round = 0; round < 2; ++round) {
    for (const std::string& name : names) refusals.record(Hook::noop, name, Verdict::deny);
  }
  BOOST_TEST(refusals.text() ==
             "noop/a/DENY*2,noop/b/DENY*2,noop/c/DENY*2,noop/d/DENY*2,noop/e/DENY*2,"
             "noop/f/DENY*2,noop/g/DENY*2,noop/h/DENY*2,+4");
}

BOOST_AUTO_TEST_SUITE_END()
