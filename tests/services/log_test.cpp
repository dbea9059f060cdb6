#include "lib/services/log.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/support/scripted_stream.hpp"

using smtpd::Level;
using smtpd::Log;
using smtpd::LogRecord;
using smtpd::transcript::ManualClock;

namespace {

struct ListSink final : smtpd::LogSink {
  void write(std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

const std::string pid = std::to_string(::getpid());

}  // namespace

BOOST_AUTO_TEST_SUITE(logging)

BOOST_AUTO_TEST_CASE(level_names) {
  const struct {
    std::string_view text;
    Level level;
  } good[] = {
      {"0", Level::emerg},      {"4", Level::warn},          {"7", Level::debug},
      {"warn", Level::warn},    {"WARN", Level::warn},       {"LOGWARN", Level::warn},
      {"warning", Level::warn}, {"LogWarning", Level::warn}, {"debug", Level::debug},
      {"logcrit", Level::crit}, {"LOGRADAR", Level::emerg},  {"alert", Level::alert},
      {"err", Level::error},    {"LOG_ERR", Level::error},   {"log_notice", Level::notice},
  };
  for (const auto& c : good) BOOST_TEST((smtpd::to_level(c.text) == c.level), c.text);
  for (const std::string_view text : {"", "8", "9", "-1", "10", "04", "log", "lo", "loud", "warn ",
                                      "logLOGwarn", "log_", "log__err"}) {
    BOOST_TEST(!smtpd::to_level(text).has_value(), text);
  }
}

BOOST_AUTO_TEST_CASE(the_form_of_a_line) {
  BOOST_TEST(smtpd::log_line({Level::info, {}, {}, "text", {}}) == pid + " text");
  BOOST_TEST(smtpd::log_line({Level::info, {}, {}, "text", "id"}) == pid + " id text");
  BOOST_TEST(smtpd::log_line({Level::info, {}, "plugin", "text", "id"}) ==
             pid + " id plugin: text");
  BOOST_TEST(smtpd::log_line({Level::info, "mail", {}, "text", "id"}) == pid + " id (mail) text");
  BOOST_TEST(smtpd::log_line({Level::info, "mail", "plugin", "text", "id.1"}) ==
             pid + " id.1 (mail) plugin: text");
}

BOOST_AUTO_TEST_CASE(names_of_levels) {
  for (int level = 0; level <= 7; ++level) {
    const auto each = static_cast<Level>(level);
    BOOST_TEST((smtpd::to_level(smtpd::to_string(each)) == each));
  }
  BOOST_TEST(smtpd::to_string(Level::warn) == "warn");
}

BOOST_AUTO_TEST_CASE(the_form_without_process) {
  BOOST_TEST(smtpd::log_line_without_pid({Level::info, "mail", "plugin", "text", "id.1"}) ==
             "id.1 (mail) plugin: text");
  BOOST_TEST(smtpd::log_line_without_pid({Level::info, {}, {}, "text", {}}) == "text");
}

BOOST_AUTO_TEST_CASE(verdicts) {
  const struct {
    std::string_view text, verdict;
  } cases[] = {
      {"pass", "pass"},
      {"pass, example.com", "pass"},
      {"fail, tolerated, x", "fail"},
      {"fail, NAUGHTY, x", "fail"},
      {"skip: x", "skip"},
      {"error, x", "error"},
      {"passed", ""},
      {"info, x", ""},
      {"", ""},
  };
  for (const auto& c : cases) BOOST_TEST(smtpd::verdict_of(c.text) == c.verdict, c.text);
}

BOOST_AUTO_TEST_CASE(fields_as_text) {
  const std::vector<smtpd::LogField> fields{
      {"a", "one"},
      {"b", ""},
      {"c", "-"},
      {"d", "x y=z"},
      {"e", "\"\\\xc3\xa9"},
      {"f", "--"},
      {"g", "12", true},
      {"h", "\r\n"},
      {.name = "i", .value = "250 a=\"b\\\" \xc3\xa9", .is_text = true},
  };
  BOOST_TEST(
      smtpd::to_text(fields) ==
      R"( a=one b=- c=\x2d d=x\x20y\x3dz e=\x22\x5c\xc3\xa9 f=-- g=12 h=\x0d\x0a i=250 a="b\x5c" \xc3\xa9)");
}

BOOST_AUTO_TEST_CASE(lines_with_fields) {
  const ManualClock clock;
  ListSink sink;
  Log log(sink, clock);
  const std::string id = log.id();
  log.next_transaction();
  const std::vector<smtpd::LogField> fields{{"a", "one"}};
  using FieldLine = Log::FieldLine;
  FieldLine about{.name = "about", .hook = "hook", .about = FieldLine::About::session};
  log.log_fields(Level::info, about, fields);
  BOOST_TEST(sink.lines.empty());
  log.log_fields(Level::notice, about, fields);
  BOOST_REQUIRE(sink.lines.size() == 1);
  BOOST_TEST(sink.lines[0] == pid + ' ' + id + " (hook) about: a=one");
  about.about = FieldLine::About::transaction;
  log.log_fields(Level::notice, about, fields);
  BOOST_REQUIRE(sink.lines.size() == 2);
  BOOST_TEST(sink.lines[1] == pid + ' ' + id + ".1 (hook) about: a=one");
  std::size_t seen = 0;
  log.forward_to(Level::info, [&](const LogRecord& record) {
    seen += record.fields.size();
    return true;
  });
  log.log_fields(Level::info, about, fields);
  log.log(Level::info, "text");
  BOOST_TEST(seen == 1u);
}

BOOST_AUTO_TEST_CASE(long_texts) {
  const ManualClock clock;
  ListSink sink;
  Log log(sink, clock);
  log.log(Level::error, std::string(smtpd::longest_log_text, 'x'));
  log.log(Level::error, std::string(smtpd::longest_log_text + 1, 'x'));
  BOOST_REQUIRE(sink.lines.size() == 2);
  BOOST_TEST(sink.lines[0].ends_with(" " + std::string(smtpd::longest_log_text, 'x')));
  BOOST_TEST(sink.lines[1].ends_with(" " + std::string(smtpd::longest_log_text, 'x') + "..."));
}

BOOST_AUTO_TEST_CASE(what_is_shown) {
  const ManualClock clock;
  for (int level = 0; level <= 7; ++level) {
    ListSink sink;
    Log log(sink, clock);
    log.set_level(static_cast<Level>(level));
    for (int each = 0; each <= 7; ++each) {
      BOOST_TEST(log.wants(static_cast<Level>(each)) == (each <= level));
      log.log(static_cast<Level>(each), "text");
    }
    BOOST_TEST(sink.lines.size() == static_cast<std::size_t>(level + 1));
  }
  ListSink sink;
  BOOST_TEST((Log(sink, clock).level() == Level::notice));  // as long as nothing else is said
}

BOOST_AUTO_TEST_CASE(ids_of_sessions_and_transactions) {
  ManualClock clock;
  ListSink sink;
  Log first(sink, clock);
  first.name_host("mx1.example.org");
  const std::string id = first.id();
  BOOST_TEST(id.size() == 16u);
  Log elsewhere(sink, clock);
  elsewhere.name_host("mx2.example.org");
  BOOST_TEST(elsewhere.id() != id);
  clock.move(std::chrono::milliseconds(1));
  Log second(sink, clock);
  second.name_host("mx1.example.org");
  BOOST_TEST(second.id() > id);
  clock.move(std::chrono::years(30));
  BOOST_TEST(Log(sink, clock).id() > second.id());
  BOOST_TEST(id.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz") == id.npos);
  first.log(Level::error, "before");
  first.name_host("too late");
  first.next_transaction();
  first.log(Level::error, "one", "mail", "plugin");
  first.next_transaction();
  BOOST_TEST(first.id() == id + ".2");
  const std::vector<std::string> expected{pid + ' ' + id + " before",
                                          pid + ' ' + id + ".1 (mail) plugin: one"};
  BOOST_TEST(sink.lines == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(octets_of_a_terminal) {
  const ManualClock clock;
  ListSink sink;
  Log log(sink, clock);
  log.log(Level::error, "one\r\ntwo\x1b[31m\x7f\x07");
  BOOST_REQUIRE(sink.lines.size() == 1);
  BOOST_TEST(sink.lines[0].ends_with(" one??two?[31m??"));
}

BOOST_AUTO_TEST_CASE(plugins_that_log) {
  const ManualClock clock;
  ListSink sink;
  Log log(sink, clock);
  std::vector<std::string> taken;
  bool takes = true;
  log.forward_to(Level::info, [&](const LogRecord& record) {
    taken.push_back(std::string(record.hook) + '/' + std::string(record.plugin) + '/' +
                    std::string(record.text));
    log.log(Level::emerg, "a logger says something itself");
    return takes;
  });
  BOOST_TEST(log.wants(Level::info));  // though the built-in logger stops at warn
  BOOST_TEST(!log.wants(Level::debug));
  log.log(Level::debug, "not wanted");
  log.log(Level::info, "one", "mail", "plugin");
  takes = false;
  log.log(Level::info, "two");
  log.log(Level::error, "three");
  const std::vector<std::string> expected{"mail/plugin/one", "//two", "//three"};
  BOOST_TEST(taken == expected, boost::test_tools::per_element());
  BOOST_REQUIRE(sink.lines.size() == 1);
  BOOST_TEST(sink.lines[0].ends_with(" three"));
}

BOOST_AUTO_TEST_SUITE_END()
