#include "lib/smtp/dsn.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

using smtpd::Result;
using smtpd::Verdict;
namespace dsn = smtpd::dsn;

BOOST_AUTO_TEST_SUITE(dsn_texts)

BOOST_AUTO_TEST_CASE(defaults) {
  const struct {
    Result result;
    Verdict verdict;
    std::string_view text;
  } cases[] = {
      {dsn::unspecified(), Verdict::denysoft, "Other or Undefined Status (#4.0.0)"},
      {dsn::addr_unspecified(), Verdict::denysoft, "Other address status. (#4.1.0)"},
      {dsn::no_such_user(), Verdict::deny, "No such user (#5.1.1)"},
      {dsn::addr_bad_dest_mbox(), Verdict::deny, "Bad destination mailbox address. (#5.1.1)"},
      {dsn::addr_bad_dest_system(), Verdict::deny, "Bad destination system address. (#5.1.2)"},
      {dsn::addr_bad_dest_syntax(), Verdict::deny,
       "Bad destination mailbox address syntax. (#5.1.3)"},
      {dsn::addr_dest_ambiguous(), Verdict::denysoft,
       "Destination mailbox address ambiguous. (#4.1.4)"},
      {dsn::addr_rcpt_ok(), Verdict::ok, "Destination address valid. (#2.1.5)"},
      {dsn::addr_mbox_moved(), Verdict::deny,
       "Destination mailbox has moved, No forwarding address. (#5.1.6)"},
      {dsn::addr_bad_from_syntax(), Verdict::deny, "Bad sender's mailbox address syntax. (#5.1.7)"},
      {dsn::addr_bad_from_system(), Verdict::deny, "Bad sender's system address. (#5.1.8)"},
      {dsn::mbox_unspecified(), Verdict::denysoft, "Other or undefined mailbox status. (#4.2.0)"},
      {dsn::mbox_disabled(), Verdict::deny, "Mailbox disabled, not accepting messages. (#5.2.1)"},
      {dsn::mbox_full(), Verdict::denysoft, "Mailbox full. (#4.2.2)"},
      {dsn::mbox_msg_too_long(), Verdict::deny,
       "Message length exceeds administrative limit. (#5.2.3)"},
      {dsn::mbox_list_expansion_problem(), Verdict::denysoft,
       "Mailing list expansion problem. (#4.2.4)"},
      {dsn::sys_unspecified(), Verdict::denysoft,
       "Other or undefined mail system status. (#4.3.0)"},
      {dsn::sys_disk_full(), Verdict::denysoft, "Mail system full. (#4.3.1)"},
      {dsn::sys_not_accepting_mail(), Verdict::denysoft,
       "System not accepting network messages. (#4.3.2)"},
      {dsn::sys_not_supported(), Verdict::denysoft,
       "System not capable of selected features. (#4.3.3)"},
      {dsn::sys_msg_too_big(), Verdict::deny, "Message too big for system. (#5.3.4)"},
      {dsn::net_unspecified(), Verdict::denysoft,
       "Other or undefined network or routing status. (#4.4.0)"},
      {dsn::temp_resolver_failed(), Verdict::denysoft,
       "Temporary address resolution failure (#4.4.3)"},
      {dsn::net_directory_server_failed(), Verdict::denysoft, "Directory server failure. (#4.4.3)"},
      {dsn::net_system_congested(), Verdict::denysoft, "Mail system congestion. (#4.4.5)"},
      {dsn::net_routing_loop(), Verdict::deny, "Routing loop detected. (#5.4.6)"},
      {dsn::too_many_hops(), Verdict::deny, "Too many hops (#5.4.6)"},
      {dsn::proto_unspecified(), Verdict::denysoft, "Other or undefined protocol status. (#4.5.0)"},
      {dsn::proto_invalid_command(), Verdict::deny, "Invalid command. (#5.5.1)"},
      {dsn::proto_syntax_error(), Verdict::deny, "Syntax error. (#5.5.2)"},
      {dsn::proto_rcpt_list_too_long(), Verdict::denysoft, "Too many recipients. (#4.5.3)"},
      {dsn::too_many_rcpts(), Verdict::denysoft, "Too many recipients. (#4.5.3)"},
      {dsn::proto_invalid_cmd_args(), Verdict::deny, "Invalid command arguments. (#5.5.4)"},
      {dsn::proto_wrong_version(), Verdict::denysoft, "Wrong protocol version. (#4.5.5)"},
      {dsn::media_unspecified(), Verdict::denysoft, "Other or undefined media error. (#4.6.0)"},
      {dsn::media_unsupported(), Verdict::deny, "Media not supported. (#5.6.1)"},
      {dsn::media_conv_prohibited(), Verdict::deny, "Conversion required and prohibited. (#5.6.2)"},
      {dsn::media_conv_unsupported(), Verdict::denysoft,
       "Conversion required but not supported. (#4.6.3)"},
      {dsn::media_conv_lossy(), Verdict::denysoft, "Conversion with loss performed. (#4.6.4)"},
      {dsn::sec_unspecified(), Verdict::denysoft, "Other or undefined security status. (#4.7.0)"},
      {dsn::sec_sender_unauthorized(), Verdict::deny,
       "Delivery not authorized, message refused. (#5.7.1)"},
      {dsn::bad_sender_ip(), Verdict::deny, "Bad sender's IP (#5.7.1)"},
      {dsn::relaying_denied(), Verdict::deny, "Relaying denied (#5.7.1)"},
      {dsn::sec_list_dest_prohibited(), Verdict::deny,
       "Mailing list expansion prohibited. (#5.7.2)"},
      {dsn::sec_conv_failed(), Verdict::deny,
       "Security conversion required but not possible. (#5.7.3)"},
      {dsn::sec_feature_unsupported(), Verdict::deny, "Security features not supported. (#5.7.4)"},
      {dsn::sec_crypto_failure(), Verdict::deny, "Cryptographic failure. (#5.7.5)"},
      {dsn::sec_crypto_algorithm_unsupported(), Verdict::denysoft,
       "Cryptographic algorithm not supported. (#4.7.6)"},
      {dsn::sec_msg_integrity_failure(), Verdict::deny, "Message integrity failure. (#5.7.7)"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.text) {
      BOOST_TEST(smtpd::to_string(c.result.verdict) == smtpd::to_string(c.verdict));
      BOOST_TEST(c.result.text == c.text);
      BOOST_TEST(!c.result.reply.has_value());
      std::string text = c.result.text;
      BOOST_TEST(smtpd::take_enhanced(text).has_value());
    }
  }
}

BOOST_AUTO_TEST_CASE(class_mirrors_the_verdict) {
  const struct {
    Verdict verdict;
    std::string_view text;
  } cases[] = {
      {Verdict::deny, "Too many hops (#5.4.6)"},
      {Verdict::deny_disconnect, "Too many hops (#5.4.6)"},
      {Verdict::denysoft, "Too many hops (#4.4.6)"},
      {Verdict::denysoft_disconnect, "Too many hops (#4.4.6)"},
      {Verdict::ok, "Too many hops (#2.4.6)"},
      {Verdict::done, "Too many hops (#2.4.6)"},
      {Verdict::declined, "Too many hops (#4.4.6)"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(smtpd::to_string(c.verdict)) {
      const Result result = dsn::too_many_hops({}, c.verdict);
      BOOST_TEST((result.verdict == c.verdict));
      BOOST_TEST(result.text == c.text);
    }
  }
}

BOOST_AUTO_TEST_CASE(own_text) {
  BOOST_TEST(dsn::no_such_user("not here").text == "not here (#5.1.1)");
  BOOST_TEST((dsn::no_such_user("not here").verdict == Verdict::deny));
  const Result result = dsn::no_such_user("not now", Verdict::denysoft_disconnect);
  BOOST_TEST(result.text == "not now (#4.1.1)");
  BOOST_TEST((result.verdict == Verdict::denysoft_disconnect));
}

BOOST_AUTO_TEST_CASE(trouble_of_our_own) {
  using smtpd::Errc;
  BOOST_TEST(dsn::trouble("no", {Errc::io, "why"}).text == "no (#4.3.0)");
  BOOST_TEST(dsn::trouble("no", {Errc::no_room, "why"}).text == "no (#4.3.1)");
  BOOST_TEST((dsn::trouble("no", {Errc::no_room, "why"}).verdict == Verdict::denysoft));
}

BOOST_AUTO_TEST_SUITE_END()
