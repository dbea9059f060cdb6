#include "tests/support/program.hpp"

#include <boost/test/unit_test.hpp>

#include "lib/base/text.hpp"
#include "tests/support/fake_programs.hpp"

using namespace smtpd::transcript;

namespace {

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  for (const std::string_view line : smtpd::split(text, '\n'))
    lines.push_back({static_cast<unsigned>(lines.size() + 1), std::string(line)});
  return lines;
}

/// `OUTPUT|ERRORS|END NUMBER`, or what is wrong.
std::string played(std::string_view script, const ProgramFacts& facts) {
  const auto parsed = parse_program(lines_of(script));
  if (!parsed) return std::to_string(parsed.error().line) + ": " + parsed.error().what;
  const auto result = play(*parsed, facts);
  if (!result) return result.error();
  constexpr const char* ends[] = {"exit", "signal", "hang", "endless"};
  return result->output + '|' + result->errors + '|' + ends[static_cast<int>(result->end)] + ' ' +
         std::to_string(result->number);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(program)

BOOST_AUTO_TEST_CASE(the_first_case_that_fits) {
  const ProgramFacts facts{.arguments = {"-q", "two words"},
                           .environment = {{"A", "1"}, {"B", "two"}},
                           .inputs = {{0, ""}, {3, std::string("u\0p\0", 4)}}};
  const struct {
    std::string_view script, result;
  } cases[] = {
      {"> text", "text\n||exit 0"},
      {"> a\n>= \"b\\n\"\n! c\n!= \"d\"\nexit 3", "a\nb\n|c\nd|exit 3"},
      {"when A=2\n> no\nwhen A=1\n> yes\notherwise\n> no", "yes\n||exit 0"},
      {"when A=1\nwhen B=t*\n> both", "both\n||exit 0"},
      {"when A=1\nwhen B=x*\n> both\notherwise\nsignal 9", "||signal 9"},
      {"when C=*\n> set\notherwise\nhang", "||hang 0"},
      {"when argument -q two words\n> ${B}", "two\n||exit 0"},
      {"when input 3 \"u\\0p\\0\"\n> x\nendless", "x\n||endless 0"},
      {"when input 3 \"u\"\n> prefix\notherwise\nexit 1", "||exit 1"},
      {"when input 4 \"\"\n> none there\notherwise\nexit 1", "||exit 1"},
      {"show environment\nshow arguments", "|A=1\nB=two\n[-q]\n[two words]\n|exit 0"},
      {"when A=2\n> x", "no case of the program fits what it is given"},
      {"> ${MISSING}", "${MISSING} has no value"},
  };
  for (const auto& each : cases) BOOST_TEST(played(each.script, facts) == each.result);
}

BOOST_AUTO_TEST_CASE(lines_that_are_none) {
  const struct {
    std::string_view script, what;
  } cases[] = {
      {"when A", "1: when: NAME=GLOB, argument GLOB or input N \"OCTETS\""},
      {"> x\nwhen input 12 \"\"", "2: an input is a number up to 9"},
      {"exit", "1: exit needs a number"},
      {"exit 256", "1: exit needs a number"},
      {"hang 3", "1: hang stands alone"},
      {"show all", "1: show: environment or arguments"},
      {"print x",
       "1: a program has lines when, otherwise, >, >=, !, !=, show, exit, signal, hang, endless"},
  };
  for (const auto& each : cases) BOOST_TEST(played(each.script, {}) == each.what);
}

BOOST_AUTO_TEST_CASE(in_process_no_real_program_is_run) {
  ManualClock clock;
  const std::map<std::string, ProgramScript> scripts{
      {"/fake", *parse_program(lines_of("when input 0 \"\"\n> octets"))}};
  FakePrograms programs(scripts, clock);
  const auto outcome = programs.run({.path = "/fake", .deadline = clock.after(smtpd::seconds(5))});
  BOOST_REQUIRE(outcome.has_value());
  BOOST_TEST(outcome->output == "octets\n");
  const auto large =
      programs.run({.path = "/fake", .most_output = 3, .deadline = clock.after(smtpd::seconds(5))});
  BOOST_TEST((!large && large.error().code == smtpd::Errc::limit));
  const auto missing = programs.run({.path = "/no/such", .deadline = smtpd::Deadline::never()});
  BOOST_TEST((!missing && missing.error().code == smtpd::Errc::not_found));
  BOOST_TEST(!programs.problem().has_value());
  BOOST_TEST(!programs.run({.path = "/bin/true", .deadline = smtpd::Deadline::never()}));
  BOOST_TEST(programs.problem().has_value());
}

BOOST_AUTO_TEST_CASE(a_program_that_hangs_takes_its_time) {
  ManualClock clock;
  const std::map<std::string, ProgramScript> scripts{{"/fake", *parse_program(lines_of("hang"))}};
  FakePrograms programs(scripts, clock);
  const auto began = clock.now();
  const auto outcome = programs.run({.path = "/fake", .deadline = clock.after(smtpd::seconds(5))});
  BOOST_TEST((!outcome && outcome.error().code == smtpd::Errc::timeout));
  BOOST_TEST((clock.now() - began == smtpd::seconds(5)));
}

BOOST_AUTO_TEST_SUITE_END()
