#include "lib/session/client_line.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "lib/session/commands.hpp"
#include "tests/session/octet_stream.hpp"
#include "tests/support/scripted_stream.hpp"

using namespace smtpd;
using namespace std::chrono_literals;

namespace {

struct Lines final : LogSink {
  void write(std::string_view line) override { all.append(line) += '\n'; }
  std::string all;
};

struct Client {
  explicit Client(std::string says, std::size_t piece = 1000) : stream(std::move(says), piece) {
    log.set_level(Level::info);
  }
  OctetStream stream;
  transcript::ManualClock clock;
  Lines lines;
  Log log{lines, clock};
  Connection conn;
  ClientLine line{{stream, clock, log, conn}};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(client_line)

BOOST_AUTO_TEST_CASE(replies_wait_for_the_end_of_what_has_come) {
  Client client("NOOP\r\nRSET\r\n");
  BOOST_TEST(client.line.line(512)->text == "NOOP");
  client.line.reply({.code = 214, .text = "one\ntwo"}, Charset::ascii);
  BOOST_TEST(client.line.line(512)->text == "RSET");
  BOOST_TEST(client.stream.written == "");
  BOOST_TEST(!client.line.line(512));
  BOOST_TEST(client.stream.written == "214-one\r\n214 two\r\n");
  BOOST_TEST(client.lines.all.find("214-one\n") != std::string::npos);
  BOOST_TEST(client.lines.all.find("214 two\n") != std::string::npos);
}

// What EHLO offers is for the level debug.
BOOST_AUTO_TEST_CASE(the_answer_to_ehlo_is_one_line_of_the_log) {
  Client client("");
  client.line.reply({.text = "mx.test Hi\nSIZE"}, Charset::ascii);
  BOOST_TEST(client.lines.all.find("250-mx.test Hi\n") != std::string::npos);
  BOOST_TEST(client.lines.all.find("SIZE") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_answer_is_a_line_that_ends_well) {
  Client client("first\r\nsecond\n" + std::string(20000, 'x') + "\r\nlast\r\n");
  BOOST_TEST(client.line.answer().value() == "first");
  BOOST_TEST((client.line.answer().error().code == Errc::syntax));
  BOOST_TEST((client.line.answer().error().code == Errc::too_long));
  client.line.expect(ClientLine::Next::chunk);
  BOOST_TEST((client.line.answer().error().code == Errc::syntax));
  client.line.expect(ClientLine::Next::command);
  BOOST_TEST(client.line.answer().value() == "last");
  BOOST_TEST((client.line.answer().error().code == Errc::closed));

  Client scripted("by hand\n");
  scripted.conn.scripted = true;
  BOOST_TEST(scripted.line.answer().value() == "by hand");
}

BOOST_AUTO_TEST_CASE(what_is_skipped_is_counted) {
  Client client("12345678NOOP\r\n", 3);
  BOOST_TEST(client.line.skip(8).has_value());
  BOOST_TEST(client.line.line(512)->text == "NOOP");
  BOOST_TEST((client.line.skip(1).error().code == Errc::closed));
}

BOOST_AUTO_TEST_CASE(nobody_talks_out_of_turn_where_a_chunk_follows) {
  Client client("EHLO");
  client.line.expect(ClientLine::Next::chunk);
  BOOST_TEST(!client.line.client_talks(1ms));
  client.line.expect(ClientLine::Next::command);
  client.conn.scripted = true;
  BOOST_TEST(!client.line.client_talks(1ms));
  BOOST_TEST(client.stream.looks == 0);
  client.conn.scripted = false;
  BOOST_TEST(client.line.client_talks(1ms));
}

BOOST_AUTO_TEST_CASE(the_session_bounds_every_wait) {
  Client client("");
  const SteadyTime began = client.clock.now();
  BOOST_TEST((client.line.deadline().when() == began + Limits().timeout));
  client.line.set_times({.session_timeout = 60s, .timeout = 20s}, began);
  BOOST_TEST((client.line.deadline().when() == began + 20s));
  client.clock.move(50s);
  BOOST_TEST((client.line.deadline().when() == began + 60s));
}

BOOST_AUTO_TEST_CASE(lines_behind_auth_are_hidden_unless_they_are_commands) {
  Client client("");
  Verb noop;
  client.line.log_command("c2VjcmV0", nullptr);
  client.line.log_command("AUTH PLAIN eA==", &noop);
  client.line.log_command("aGlkZGVu", nullptr);
  client.line.log_command("NOOP", &noop);
  client.line.log_command("c2hvd24=", nullptr);
  const std::string& all = client.lines.all;
  BOOST_TEST(all.find("dispatching c2VjcmV0\n") != std::string::npos);
  BOOST_TEST(all.find("dispatching AUTH PLAIN <hidden credentials>\n") != std::string::npos);
  BOOST_TEST(all.find("dispatching <hidden credentials>\n") != std::string::npos);
  BOOST_TEST(all.find("dispatching NOOP\n") != std::string::npos);
  BOOST_TEST(all.find("dispatching c2hvd24=\n") != std::string::npos);
  BOOST_TEST(all.find("aGlkZGVu") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
