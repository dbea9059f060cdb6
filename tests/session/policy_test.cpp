#include "lib/session/policy.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace smtpd;

namespace {

/// `250 2.1.0 text`, behind it what else follows: +go_on +reset +close.
std::string to_text(const Consequence& consequence) {
  std::string text = consequence.reply ? to_wire(*consequence.reply) : "nothing\r\n";
  text.resize(text.size() - 2);
  if (consequence.go_on) text += " +go_on";
  if (consequence.reset) text += " +reset";
  if (consequence.close) text += " +close";
  return text;
}

Result replied(Verdict verdict, Reply reply) { return {verdict, "unheard", std::move(reply)}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(policy)

BOOST_AUTO_TEST_CASE(what_follows_from_a_result) {
  const struct {
    Hook hook;
    Result result;
    std::string consequence;
  } cases[] = {
      {Hook::connect, declined(), "220 me ESMTP +go_on"},
      {Hook::connect, deny(), "554 Connection from you denied, bye bye. +close"},
      {Hook::helo, ok("unheard"), "250 me ESMTP; I am so happy to meet you. +go_on"},
      {Hook::ehlo, declined(), "250 me ESMTP +go_on"},
      {Hook::mail, declined(),
       "250 2.1.0 <u@x>, sender OK - how exciting to get mail from you! +go_on"},
      {Hook::mail, deny("no"), "550 5.7.1 <u@x>: no +reset"},
      {Hook::mail, deny(), "550 5.7.1 <u@x>: this sender is not accepted here +reset"},
      {Hook::mail, denysoft_disconnect(),
       "421 4.7.1 <u@x>: this sender is not accepted now, try again later +reset +close"},
      {Hook::rcpt, ok("unheard"), "250 2.1.5 <u@x>, recipient ok +go_on"},
      {Hook::rcpt, declined("unheard"),
       "450 4.7.1 <u@x>: this recipient is not accepted now, try again later"},
      {Hook::rcpt, deny("no such user (#5.1.1)"), "550 5.1.1 <u@x>: no such user"},
      {Hook::rcpt, deny("u@x is unknown\nhere"), "550-5.7.1 u@x is unknown\r\n550 5.7.1 here"},
      {Hook::rcpt, deny("one\ntwo"), "550-5.7.1 <u@x>: one\r\n550 5.7.1 two"},
      {Hook::rcpt, replied(Verdict::deny, {553, EnhancedCode{5, 3, 0}, "its text"}),
       "553 5.3.0 <u@x>: its text"},
      {Hook::data, declined(), "354 go ahead +go_on"},
      {Hook::data, denysoft(), "451 4.7.1 Message denied temporarily +reset"},
      {Hook::data_post, declined(), "nothing +go_on"},
      {Hook::data_headers_end, deny(), "550 5.7.1 Message denied +reset"},
      {Hook::data_headers_end, denysoft(), "450 4.7.1 Message denied temporarily +reset"},
      {Hook::data_post, deny("spam"), "550 5.7.1 spam +reset"},
      {Hook::data_post, denysoft_disconnect(),
       "450 4.7.1 Message denied temporarily +reset +close"},
      {Hook::queue_pre, denysoft("later (#4.6.0)"), "450 4.6.0 later +reset"},
      // what is no policy
      {Hook::queue, deny("full (#5.2.2)"), "552 5.2.2 full +reset"},
      {Hook::queue, deny("big (#5.3.4)"), "552 5.3.4 big +reset"},
      {Hook::queue, deny("other (#5.3.0)"), "550 5.3.0 other +reset"},
      {Hook::queue, denysoft("full (#4.2.2)"), "452 4.2.2 full +reset"},
      {Hook::queue, denysoft("disk (#4.3.1)"), "452 4.3.1 disk +reset"},
      {Hook::queue, denysoft("trouble (#4.3.0)"), "451 4.3.0 trouble +reset"},
      {Hook::queue, denysoft("network (#4.4.1)"), "451 4.4.1 network +reset"},
      {Hook::rcpt, denysoft("trouble (#4.3.0)"), "451 4.3.0 <u@x>: trouble"},
      {Hook::mail, denysoft_disconnect("trouble (#4.3.0)"),
       "421 4.3.0 <u@x>: trouble +reset +close"},
      {Hook::helo, denysoft("trouble (#4.3.0)"), "451 trouble (#4.3.0)"},
      {Hook::connect, denysoft("trouble (#4.3.0)"), "421 trouble (#4.3.0) +close"},
      {Hook::auth, denysoft("trouble (#4.3.1)"),
       "454 4.7.0 Temporary authentication failure, try again later"},
      {Hook::queue, replied(Verdict::deny, {554, EnhancedCode{5, 3, 0}, "its text"}),
       "554 5.3.0 its text +reset"},
      {Hook::queue, replied(Verdict::denysoft, {450, EnhancedCode{4, 3, 0}, "its text"}),
       "450 4.3.0 its text +reset"},
      {Hook::queue, ok("Queued!"), "250 2.6.0 Queued! +go_on"},
      {Hook::queue, declined(), "451 4.3.2 The message cannot be stored now, try again later"},
      {Hook::auth, ok("unheard"), "235 2.7.0 Authentication successful +go_on"},
      {Hook::auth, declined("unheard"), "535 5.7.8 Authentication credentials invalid"},
      {Hook::mail, done(), "nothing"},
      {Hook::mail, done({.code = 251, .text = "mine"}), "251 2.0.0 mine"},
      {Hook::data, done({.code = 354, .text = "mine"}), "354 mine"},
      {Hook::mail, done_disconnect({.code = 554, .text = "mine (#5.3.2)"}),
       "554 5.3.2 mine +close"},
  };
  for (const auto& c : cases) {
    const bool names_path = c.hook == Hook::mail || c.hook == Hook::rcpt;
    BOOST_TEST_CONTEXT(to_string(c.hook)) {
      BOOST_TEST(to_text(settle(c.hook, c.result, names_path ? "<u@x>" : "me ESMTP")) ==
                 c.consequence);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
