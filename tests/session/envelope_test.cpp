#include "lib/session/envelope.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/support/loaded.hpp"

using namespace smtpd;
using smtpd::transcript::Loaded;

namespace {

struct NobodyTalks final : Conversation {
  bool client_talks(milliseconds) override { return false; }
  bool invites_early() override { return false; }
  bool greets_early() override { return false; }
  std::expected<std::string, Error> read_line() override { return std::unexpected(gone); }
  std::expected<std::string_view, Error> input(Deadline) override { return std::unexpected(gone); }
  void consume(std::size_t) override {}
  void send(const Reply&) override {}
  Transaction* transaction() override { return nullptr; }
  void reset_transaction() override {}
  std::optional<Reply> submit() override { return {}; }
  void forget_client() override {}
  std::optional<Reply> welcome() override { return {}; }
  std::optional<Reply> take_hello(Greeted, std::string_view) override { return {}; }
  std::expected<void, Error> start_tls(TlsAcceptor&, milliseconds) override {
    return std::unexpected(gone);
  }
  std::expected<std::string, Error> spool_directory() override { return std::unexpected(gone); }
  Error gone{Errc::closed, "nobody is there"};
};

/// MAIL and RCPT without a session.
struct Envelope {
  explicit Envelope(const std::string& plugins = {})
      : loaded(plugins, {{"rcpthosts", "d.test\n"}}) {
    loaded.conn().greeted = Greeted::ehlo;
  }
  /// The code of the answer.
  int mail(std::string_view argument) { return code(reader.mail(txn, {"mail", argument})); }
  int rcpt(std::string_view argument) { return code(reader.rcpt(txn, {"rcpt", argument})); }
  static int code(const Consequence& consequence) {
    const int answer = consequence.reply ? consequence.reply->code : 0;
    BOOST_TEST(consequence.go_on == (answer == 250));
    return answer;
  }

  Loaded loaded;
  Limits limits{.recipients = 2, .message = 1000};
  Spool spool{loaded.host().config(), loaded.host().services().environment, loaded.host().log()};
  NobodyTalks nobody;
  Authenticator auth{loaded.host(), nobody};
  EnvelopeReader reader{{loaded.host(), limits, spool, auth}};
  Transaction txn{loaded.conn(), 1, Body()};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(envelope)

BOOST_AUTO_TEST_CASE(the_transaction_has_what_was_accepted) {
  Envelope envelope("rcpt_ok");
  BOOST_TEST(envelope.mail("FROM:<a@b.test> RET=HDRS ENVID=x SIZE=999 BODY=8BITMIME") == 250);
  BOOST_TEST(envelope.txn.sender->text() == "<a@b.test>");
  BOOST_TEST(envelope.txn.report.envelope_id == "x");
  BOOST_TEST((envelope.txn.report.ret == MailReport::Return::headers));
  BOOST_TEST(envelope.txn.sender_parameters.size() == 4U);
  BOOST_TEST(envelope.rcpt("TO:<c@d.test> NOTIFY=NEVER ORCPT=rfc822;e+2Bf@g") == 250);
  BOOST_TEST(envelope.rcpt("TO:<c2@d.test>") == 250);
  BOOST_TEST(envelope.rcpt("TO:<c3@d.test>") == 452);
  BOOST_TEST_REQUIRE(envelope.txn.recipients.size() == 2U);
  BOOST_TEST(envelope.txn.recipients[0].report.never);
  BOOST_TEST(envelope.txn.recipients[0].report.original_address == "e+f@g");
  BOOST_TEST(envelope.txn.recipients[0].parameters.size() == 2U);
}

BOOST_AUTO_TEST_CASE(nobody_decides_about_a_recipient) {
  Envelope envelope;
  BOOST_TEST(envelope.mail("FROM:<>") == 250);
  BOOST_TEST(envelope.rcpt("TO:<c@d.test>") == 450);
  BOOST_TEST(envelope.txn.recipients.empty());
}

BOOST_AUTO_TEST_CASE(each_parameter_has_its_command_and_its_form) {
  const struct {
    bool mail;
    std::string argument;
    int code;
  } cases[] = {
      {true, "FROM:<a@b.test> SIZE=1000", 250},
      {true, "FROM:<a@b.test> SIZE=1001", 552},
      {true, "FROM:<a@b.test> SIZE=1k", 501},
      {true, "FROM:<a@b.test> BODY=9BIT", 501},
      {true, "FROM:<a@b.test> SMTPUTF8", 250},
      {true, "FROM:<a@b.test> SMTPUTF8=1", 501},
      {true, "FROM:<\xC3\xA4@b.test> SMTPUTF8", 250},
      {true, "FROM:<\xC3\xA4@b.test>", 550},
      {true, "FROM:<a@b.test> REQUIRETLS", 555},
      {true, "FROM:<a@b.test> AUTH=<>", 555},
      {true, "FROM:<a@b.test> RET=SOME", 501},
      {true, "FROM:<a@b.test> ENVID=", 501},
      {true, "FROM:<a@b.test> NOTIFY=NEVER", 555},
      {true, "FROM:<a@b.test> X=\xC3\xA4", 501},
      {true, "<a@b.test>", 501},
      {false, "TO:<c@d.test> RET=FULL", 555},
      {false, "TO:<c@d.test> NOTIFY=NEVER,DELAY", 501},
      {false, "TO:<c@d.test> ORCPT=x", 501},
      {false, "TO:<>", 501},
      {false, "TO:<\xC3\xA4@d.test>", 553},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.argument) {
      Envelope envelope;
      BOOST_TEST((c.mail ? envelope.mail(c.argument) : envelope.rcpt(c.argument)) == c.code);
    }
  }
  Envelope helo;
  helo.loaded.conn().greeted = Greeted::helo;
  BOOST_TEST(helo.mail("FROM:<a@b.test> SIZE=1") == 555);
}

BOOST_AUTO_TEST_SUITE_END()
