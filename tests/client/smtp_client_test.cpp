#include "lib/client/smtp_client.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/talker.hpp"

using namespace smtpd;
using smtpd::transcript::Talker;

namespace {

struct Fixture {
  explicit Fixture(std::string says, std::size_t piece = 1000, std::size_t hears = SIZE_MAX)
      : client(std::make_unique<Talker>(std::move(says), piece, told, hears), clock, {}) {}
  SystemClock clock;
  std::string told;
  SmtpClient client;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(smtp_client)

BOOST_AUTO_TEST_CASE(replies_in_pieces_of_any_size) {
  const struct {
    std::string says;
    int code;
    std::string text, line;
  } cases[] = {
      {"220 mx ESMTP\r\n", 220, "mx ESMTP", "220 mx ESMTP"},
      {"250\r\n", 250, "", "250"},
      {"250 \r\n", 250, "", "250"},
      {"250-a\r\n250-b c\r\n250 d\r\n", 250, "a\nb c\nd", "250 a b c d"},
      {"250-a\n250 b\n", 250, "a\nb", "250 a b"},
      {"550 5.1.1 nobody\r\n", 550, "nobody", "550 5.1.1 nobody"},
      {"550 5.1.1\r\n", 550, "", "550 5.1.1"},
      {"451 5.1.1 another class\r\n", 451, "5.1.1 another class", "451 5.1.1 another class"},
      {"250 2.0.0.0 no code\r\n", 250, "2.0.0.0 no code", "250 2.0.0.0 no code"},
      {"250 2.0.1234 no code\r\n", 250, "2.0.1234 no code", "250 2.0.1234 no code"},
      {"550 a\x1b[2J\tb\r\n", 550, "a\x1b[2J\tb", "550 a?[2J?b"},
  };
  for (const auto& each : cases) {
    for (std::size_t piece = 1; piece <= each.says.size(); ++piece) {
      Fixture fixture(each.says, piece);
      const auto reply = fixture.client.reply();
      BOOST_TEST_CONTEXT(each.says << " in pieces of " << piece) {
        BOOST_REQUIRE(reply.has_value());
        BOOST_TEST(reply->code == each.code);
        BOOST_TEST(reply->text == each.text);
        BOOST_TEST(reply->line() == each.line);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_reply) {
  std::string many;
  for (int i = 0; i < 200; ++i) many += "250-x\r\n";
  const struct {
    std::string says;
    Errc code;
  } cases[] = {
      {"", Errc::closed},
      {"220 half a line", Errc::closed},
      {"250-a\r\n", Errc::closed},
      {"250-a\r\n251 b\r\n", Errc::syntax},
      {"250-a\r\nb\r\n", Errc::syntax},
      {"22 x\r\n", Errc::syntax},
      {"2200 x\r\n", Errc::syntax},
      {"120 x\r\n", Errc::syntax},
      {"620 x\r\n", Errc::syntax},
      {"\r\n", Errc::syntax},
      {"220\tx\r\n", Errc::syntax},
      {"220 " + std::string(5000, 'x') + "\r\n", Errc::too_long},
      {std::string(5000, 'x'), Errc::too_long},
      {many, Errc::too_long},
  };
  for (const auto& each : cases) {
    Fixture fixture(each.says);
    const auto reply = fixture.client.reply();
    BOOST_TEST_CONTEXT(each.says.substr(0, 40)) {
      BOOST_REQUIRE(!reply.has_value());
      BOOST_CHECK(reply.error().code == each.code);
    }
    fixture.client.quit();
    BOOST_TEST(fixture.told.empty());  // nothing more is said
  }
}

BOOST_AUTO_TEST_CASE(nothing_ends_a_command_but_its_end) {
  for (const std::string& line : {std::string("MAIL FROM:<a\r\nRCPT>"), std::string("x\ny"),
                                  std::string("a\0b", 3), std::string("\x7f")}) {
    Fixture fixture("250 Ok\r\n");
    BOOST_TEST(!fixture.client.command(line).has_value());
    BOOST_TEST(fixture.told.empty());
  }
}

BOOST_AUTO_TEST_CASE(answers_to_nothing) {
  Fixture fixture("250 one\r\n250 two\r\n");
  BOOST_TEST(fixture.client.command("NOOP").has_value());
  BOOST_TEST(!fixture.client.command("NOOP").has_value());
  BOOST_TEST(fixture.told == "NOOP\r\n");

  Fixture early("250 already\r\n");
  BOOST_TEST(early.client.send_text("a\n").has_value());
  BOOST_TEST(!early.client.end_text().has_value());
  BOOST_TEST(early.told.empty());
}

BOOST_AUTO_TEST_CASE(a_server_that_says_why_and_closes) {
  const std::string part(20'000, 'x');
  const struct {
    std::string says;
    int code;  // 0: an error
    std::string what;
  } cases[] = {
      {"552 5.3.4 too large\r\n", 552, "552 5.3.4 too large"},
      {"421 4.3.2 down\r\n", 421, "421 4.3.2 down"},
      {"250 Ok\r\n", 0, "it answers before the message has ended"},
      {"", 0, "it has closed the connection"},
  };
  for (const auto& each : cases) {
    // While the message goes out, and just before its end.
    for (const std::size_t hears : {std::size_t{50'000}, SIZE_MAX}) {
      if (each.says.empty() && hears == SIZE_MAX) continue;
      Fixture fixture(each.says, 1000, hears);
      for (int i = 0; i < 5; ++i) BOOST_TEST(fixture.client.send_text(part).has_value());
      const auto ended = fixture.client.end_text();
      BOOST_TEST_CONTEXT(each.says << " after " << hears) {
        BOOST_TEST(ended.has_value() == (each.code != 0));
        if (each.code == 0) {
          BOOST_TEST(ended.error().what == each.what);
        } else {
          const auto reply = fixture.client.reply();
          BOOST_REQUIRE(reply.has_value());
          BOOST_TEST(reply->line() == each.what);
        }
        // It never hears an end, and nothing that would stand in the message.
        fixture.client.quit();
        BOOST_TEST(fixture.told.find_first_not_of('x') == std::string::npos);
      }
    }
    // Before a command.
    Fixture fixture(each.says, 1000, 0);
    const auto reply = fixture.client.command("NOOP");
    BOOST_TEST(reply.has_value() == (each.code != 0));
    if (reply) BOOST_TEST(reply->line() == each.what);
    if (!reply) BOOST_CHECK(reply.error().code == Errc::closed);
  }
}

BOOST_AUTO_TEST_CASE(text_for_every_split) {
  const struct {
    std::string text, wire;
  } cases[] = {
      {"", ".\r\n"},
      {"a: b\n\n", "a: b\r\n\r\n.\r\n"},
      {".\n..\n.x\n", "..\r\n...\r\n..x\r\n.\r\n"},
      {"a.\n.", "a.\r\n..\r\n.\r\n"},
      {"no end", "no end\r\n.\r\n"},
      {"\n.\n\n.\n", "\r\n..\r\n\r\n..\r\n.\r\n"},
  };
  for (const auto& each : cases) {
    for (std::size_t at = 0; at <= each.text.size(); ++at) {
      Fixture fixture("");
      BOOST_TEST(fixture.client.send_text(each.text.substr(0, at)).has_value());
      BOOST_TEST(fixture.client.send_text(each.text.substr(at)).has_value());
      BOOST_TEST(fixture.client.end_text().has_value());
      BOOST_TEST(fixture.told == each.wire);
    }
  }
}

BOOST_AUTO_TEST_CASE(long_text_goes_out_in_pieces) {
  Fixture fixture("");
  std::string text, wire;
  for (int i = 0; i < 20'000; ++i) {
    text += ".line\n";
    wire += "..line\r\n";
  }
  BOOST_TEST(fixture.client.send_text(text).has_value());
  BOOST_TEST(fixture.told.size() > wire.size() / 2);
  BOOST_TEST(fixture.client.end_text().has_value());
  BOOST_CHECK(fixture.told == wire + ".\r\n");
}

BOOST_AUTO_TEST_SUITE_END()
