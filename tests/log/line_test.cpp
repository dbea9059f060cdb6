#include "tools/log/line.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <ctime>
#include <string>

using smtpd::log_tool::LogLine;
using smtpd::log_tool::parse_line;

namespace {

/// `time|pid|session|transaction|plugin|text`, or `none`.
std::string parts(std::string_view text) {
  const auto line = parse_line(text);
  if (!line) return "none";
  return line->time + '|' + line->pid + '|' + line->session + '|' + line->transaction + '|' +
         line->plugin + '|' + line->text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_tool_line)

BOOST_AUTO_TEST_CASE(forms) {
  const struct {
    std::string text, parts;
  } cases[] = {
      {"12 hohqc8h80t Connection from x [192.0.2.7]",
       "|12|hohqc8h80t|||Connection from x [192.0.2.7]"},
      {"12 hohqc8h80t.3 (rcpt) rcpt_ok: fail, x: y", "|12|hohqc8h80t|3|rcpt_ok|fail, x: y"},
      {"12 hohqc8h80t (connect) relay: x", "|12|hohqc8h80t||relay|x"},
      {"12 mijxgflk0ckw7iv1.3 (rcpt) rcpt_map:1: pass, x",
       "|12|mijxgflk0ckw7iv1|3|rcpt_map:1|pass, x"},
      {"12 mijxgflk0ckw7iv1 (queue) queue/qmail-queue: x",
       "|12|mijxgflk0ckw7iv1||queue/qmail-queue|x"},
      // 0.1.0's names, and names that only look so
      {"12 hohqc8h80t (queue) queue::maildir: x", "|12|hohqc8h80t||queue/maildir|x"},
      {"12 hohqc8h80t (queue) queue::qmail_2dqueue: x", "|12|hohqc8h80t||queue/qmail-queue|x"},
      {"12 hohqc8h80t (rcpt) rcpt_map_3a1: x", "|12|hohqc8h80t||rcpt_map:1|x"},
      {"12 hohqc8h80t (rcpt) auth_deny_61: x", "|12|hohqc8h80t||auth_deny_61|x"},
      {"12 mijxgflk0ckw7iv1 (rcpt) my_2dplugin: x", "|12|mijxgflk0ckw7iv1||my_2dplugin|x"},
      {"12 hohqc8h80t plugin: x", "|12|hohqc8h80t||plugin|x"},
      {"12 hohqc8h80t 250 two: words", "|12|hohqc8h80t|||250 two: words"},
      {"12 hohqc8h80t (two words) x", "|12|hohqc8h80t|||(two words) x"},
      {"12 hohqc8h80t", "|12|hohqc8h80t|||"},
      // logging/adaptive
      {"12 ` hohqc8h80t.1 (rcpt) rcpt_ok: pass", "|12|hohqc8h80t|1|rcpt_ok|pass"},
      {"12 accepted hohqc8h80t.1 250 OK", "|12|hohqc8h80t|1||250 OK"},
      // logging/file
      {"Fri Jan 02 03:04:05 2026 helloworld[12]: hohqc8h80t 250 OK",
       "Fri Jan 02 03:04:05 2026|12|hohqc8h80t|||250 OK"},
      {"2026-01-02T03:04:05+0100 mx[12]: hohqc8h80t 250 OK",
       "2026-01-02T03:04:05+0100|12|hohqc8h80t|||250 OK"},
      {"1767323045 mx[12]: hohqc8h80t 250 OK", "|12|hohqc8h80t|||250 OK"},
      // syslog, and the journal around lines with a process of their own
      {"Jan  2 03:04:05 helloworld smtpd[12]: hohqc8h80t.1 250 OK",
       "Jan  2 03:04:05|12|hohqc8h80t|1||250 OK"},
      {"Jan  2 03:04:05 helloworld smtpd[99]: 12 hohqc8h80t 250 OK",
       "Jan  2 03:04:05|12|hohqc8h80t|||250 OK"},
      {"Jan  2 03:04:05 helloworld smtpd[99]: 12 ` hohqc8h80t 250 OK",
       "Jan  2 03:04:05|12|hohqc8h80t|||250 OK"},
      {"2026-01-02T03:04:05.123456+01:00 mx smtpd[12]: hohqc8h80t 250 OK",
       "2026-01-02T03:04:05.123456+01:00|12|hohqc8h80t|||250 OK"},
      {"Jan 02 03:04:05 mx smtpd@4-192.0.2.1:25-192.0.2.7:4711.service[99]: 12 hohqc8h80t 250 OK",
       "Jan 02 03:04:05|12|hohqc8h80t|||250 OK"},
      // s6-log
      {"2026-01-02 03:04:05.123456789  12 hohqc8h80t 250 OK",
       "2026-01-02 03:04:05.123456789|12|hohqc8h80t|||250 OK"},
      // JSON
      {R"({"time":"2026-01-02T03:04:05.123456Z","pid":12,"level":"info","session":"hohqc8h80t",)"
       R"("transaction":2,"hook":"rcpt","plugin":"rcpt_ok","verdict":"fail","message":"fail, \"x\""})",
       "2026-01-02T03:04:05Z|12|hohqc8h80t|2|rcpt_ok|fail, \"x\""},
      {R"(Jan  2 03:04:05 mx smtpd[12]: {"session":"hohqc8h80t","message":"x"})",
       "||hohqc8h80t|||x"},
      {R"(2026-01-02 03:04:05.123456789  {"session":"hohqc8h80t","message":"x"})",
       "||hohqc8h80t|||x"},
  };
  for (const auto& c : cases) BOOST_TEST(parts(c.text) == c.parts, c.text << ": " << parts(c.text));
}

BOOST_AUTO_TEST_CASE(lines_of_others) {
  for (const std::string_view text : {
           "",
           " ",
           "12",
           "12 short 250 OK",
           "12 HOHQC8H80T 250 OK",
           "12 hohqc8h80tabc 250 OK",
           "12 mijxgflk0ckw7iv1a 250 OK",
           "12 hohqc8h80t.x 250 OK",
           "Jan  2 03:04:05 helloworld smtpd[12]: 421 what",
           "Jan  2 03:04:05 helloworld sshd[12]: user 12 hohqc8h80t 250 OK",
           R"(Jan  2 03:04:05 mx sshd[12]: user {"session":"hohqc8h80t","message":"x"})",
           R"({"session":"hohqc8h80t","message":"x")",
           R"({"session":"x","message":"x"})",
           R"({"message":"x"})",
           "Jan  2 03:04:05 helloworld smtpd: x",
       }) {
    BOOST_TEST(parts(text) == "none", text);
  }
}

// What a client says stands behind the true beginning.
BOOST_AUTO_TEST_CASE(forged_lines) {
  BOOST_TEST(parts("12 hohqc8h80t dispatching NOOP x[99]: 99 aaaaaaaaaa (rcpt) rcpt_ok: pass") ==
             "|12|hohqc8h80t|||dispatching NOOP x[99]: 99 aaaaaaaaaa (rcpt) rcpt_ok: pass");
  BOOST_TEST(parts(R"(12 hohqc8h80t dispatching 03:04:05 {"session":"aaaaaaaaaa"})") ==
             R"(|12|hohqc8h80t|||dispatching 03:04:05 {"session":"aaaaaaaaaa"})");
  for (const std::string_view text : {
           "12 hohqc8h80t dispatching (post-connection) summary: messages=9",
           "12 hohqc8h80t (rcpt) summary: messages=9",
           "12 hohqc8h80t (rcpt) message: from=x",
           "12 hohqc8h80t dispatching refused: what=mail",
           R"({"session":"hohqc8h80t","plugin":"x","message":"message","fields":{"from":"x"}})",
       }) {
    BOOST_TEST((parse_line(text)->kind == LogLine::Kind::other), text);
  }
}

BOOST_AUTO_TEST_CASE(tai64n) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  BOOST_TEST(parts("@4000000069573a2f0a0b0c0d 12 hohqc8h80t 250 OK") ==
             "2026-01-02 03:23:17|12|hohqc8h80t|||250 OK");
  // No label of a time: too short, too early.
  BOOST_TEST(parts("@4000000069573a2f 12 hohqc8h80t 250 OK") == "|12|hohqc8h80t|||250 OK");
  BOOST_TEST(parts("@0000000069573a2f0a0b0c0d 12 hohqc8h80t 250 OK") == "|12|hohqc8h80t|||250 OK");
}

BOOST_AUTO_TEST_CASE(summaries) {
  const auto text = parse_line(
      R"(12 hohqc8h80t (post-connection) summary: client=192.0.2.7 helo=a\x20b\x3d\x5c from=- x=\xg1\x1 messages=2 word end=quit)");
  BOOST_REQUIRE(text.has_value());
  BOOST_TEST((text->kind == LogLine::Kind::summary));
  BOOST_TEST(text->field("client") == "192.0.2.7");
  BOOST_TEST(text->field("helo") == "a b=\\");
  BOOST_TEST(text->field("from") == "");
  BOOST_TEST(text->field("x") == "\\xg1\\x1");
  BOOST_TEST(text->field("messages") == "2");
  BOOST_TEST(text->field("end") == "quit");
  const auto json = parse_line(
      R"({"session":"hohqc8h80t","message":"summary","summary":{"client":"192.0.2.7","helo":null,"messages":2}})");
  BOOST_REQUIRE(json.has_value());
  BOOST_TEST((json->kind == LogLine::Kind::summary));
  BOOST_TEST(json->field("client") == "192.0.2.7");
  BOOST_TEST(json->field("helo") == "");
  BOOST_TEST(json->field("messages") == "2");
}

BOOST_AUTO_TEST_CASE(messages_and_refusals) {
  for (
      const std::string_view text : {
          R"(12 mijxgflk0ckw7iv1.2 refused: what=mail address=<a\x20b@x> plugin=- reply=550 5.7.1 <a b@x>: no, x=y reply=z)",
          R"({"session":"mijxgflk0ckw7iv1","transaction":2,"message":"refused","fields":{"what":"mail","address":"<a b@x>","plugin":null,"reply":"550 5.7.1 <a b@x>: no, x=y reply=z"}})",
      }) {
    const auto line = parse_line(text);
    BOOST_REQUIRE(line.has_value());
    BOOST_TEST((line->kind == LogLine::Kind::refused));
    BOOST_TEST(line->transaction == "2");
    BOOST_TEST(line->field("what") == "mail");
    BOOST_TEST(line->field("address") == "<a b@x>");
    BOOST_TEST(line->field("plugin") == "");
    BOOST_TEST(line->field("reply") == "550 5.7.1 <a b@x>: no, x=y reply=z");
  }
  const auto old = parse_line(
      "12 hohqc8h80t (post-connection) summary: verdict=rcpt/rcpt_map_3a1/DENY*2 end=quit");
  BOOST_TEST(old->field("verdict") == "rcpt/rcpt_map:1/DENY*2");
}

BOOST_AUTO_TEST_CASE(what_a_line_mentions) {
  const struct {
    std::string_view line, what;
    bool found;
  } cases[] = {
      {"1 x from=<Anna@Example.org>", "anna@example.ORG", true},
      {"1 x from=<anna@example.org>", "bert", false},
      {R"(1 x from=<\x22a\x20b\x22@x>)", "\"a b\"@x", true},
      {R"(1 x from=<\x22a\x20b\x22@x>)", "\"ab\"@x", false},
      {R"({"session":"s","fields":{"from":"<\"a b\"@x>"}})", "\"a b\"@x", true},
  };
  for (const auto& c : cases)
    BOOST_TEST(smtpd::log_tool::mentions(c.line, c.what) == c.found, c.line);
}

BOOST_AUTO_TEST_SUITE_END()
