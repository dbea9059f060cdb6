#include "lib/smtp/result.hpp"

#include <boost/test/unit_test.hpp>
#include <string_view>

using smtpd::Result;
using smtpd::Verdict;

BOOST_AUTO_TEST_SUITE(result)

BOOST_AUTO_TEST_CASE(verdicts) {
  const struct {
    Result (*make)(std::string);
    Verdict verdict;
    std::string_view name, lower_name;
    bool is_refusal;
  } cases[] = {
      {smtpd::declined, Verdict::declined, "DECLINED", "declined", false},
      {smtpd::ok, Verdict::ok, "OK", "ok", false},
      {smtpd::deny, Verdict::deny, "DENY", "deny", true},
      {smtpd::denysoft, Verdict::denysoft, "DENYSOFT", "denysoft", true},
      {smtpd::deny_disconnect, Verdict::deny_disconnect, "DENY_DISCONNECT", "deny_disconnect",
       true},
      {smtpd::denysoft_disconnect, Verdict::denysoft_disconnect, "DENYSOFT_DISCONNECT",
       "denysoft_disconnect", true},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.name) {
      BOOST_TEST(smtpd::to_string(c.verdict) == c.name);
      BOOST_TEST((smtpd::to_verdict(c.name) == c.verdict));
      BOOST_TEST((smtpd::to_verdict(c.lower_name) == c.verdict));
      BOOST_TEST(smtpd::is_refusal(c.verdict) == c.is_refusal);
      const Result result = c.make("text");
      BOOST_TEST((result.verdict == c.verdict));
      BOOST_TEST(result.text == "text");
      BOOST_TEST(!result.reply.has_value());
    }
  }
}

BOOST_AUTO_TEST_CASE(other_names) {
  BOOST_TEST((smtpd::to_verdict("DENYHARD") == Verdict::deny_disconnect));
  BOOST_TEST((smtpd::to_verdict("Done") == Verdict::done));
  BOOST_TEST(smtpd::to_string(Verdict::done) == "DONE");
  for (const std::string_view name : {"", "DENY ", "DEN", "DENYSOFT_", "901", "YIELD"}) {
    BOOST_TEST_CONTEXT(name) { BOOST_TEST(!smtpd::to_verdict(name).has_value()); }
  }
}

BOOST_AUTO_TEST_CASE(done) {
  BOOST_TEST((smtpd::done().verdict == Verdict::done));
  BOOST_TEST(!smtpd::done().reply.has_value());
  BOOST_TEST(!smtpd::is_refusal(Verdict::done));
  const Result result = smtpd::done({252, {}, "perhaps"});
  BOOST_TEST_REQUIRE(result.reply.has_value());
  BOOST_TEST(result.reply->code == 252);
  BOOST_TEST(result.reply->text == "perhaps");
}

BOOST_AUTO_TEST_SUITE_END()
