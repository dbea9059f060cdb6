#include "tests/support/transcript.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

using namespace smtpd::transcript;
namespace data = boost::unit_test::data;

namespace {

struct Wrong {
  std::string text;
  unsigned line;
  std::string what;  // a part of it
};
std::ostream& operator<<(std::ostream& out, const Wrong& wrong) {
  return out << escaped(wrong.text);
}

const Wrong wrong_files[] = {
    {"", 1, "no [session]"},
    {"# nothing\n", 1, "no [session]"},
    {"C: NOOP\n", 1, "in front of the first section"},
    {"[sesion]\n", 1, "no such section"},
    {"[session\n", 1, "no such section"},
    {"[]\n", 1, "no such section"},
    {"[config]\n[session]\n", 1, "needs an argument"},
    {"[env x]\n[session]\n", 1, "has no argument"},
    {"[env]\nA=1\nB\n[session]\n", 3, "NAME=value"},
    {"[options]\nverbose 1\n[session]\n", 2, "unknown option 'verbose'"},
    {"[options]\nstdin pipe\n[session]\n", 2, "'file' only"},
    {"[exit]\n[session]\n", 1, "needs an argument"},
    {"[exit 256]\n[session]\n", 1, "number up to 255"},
    {"[exit 1]\n1\n[session]\n", 2, "has no lines"},
    {"[only windows]\n[session]\n", 1, "[only] knows"},
    {"[mail m]\n[session]\n", 1, "no [session] comes before"},
    {"[log]\n[session]\n", 1, "no [session] comes before"},
    {"[session]\n[config me]\nx\n", 2, "no [session] follows"},
    {"[session]\nR: 250\n", 2, "no line of the form 'R:'"},
    {"[session]\nC:NOOP\n", 2, "no line of the form"},
    {"[session]\nC. now\n", 2, "nothing can follow on this line"},
    {"[session]\nC= bytes\n", 2, "double quotes"},
    {"[session]\nC= \"bytes\n", 2, "closing quote is missing"},
    {"[session]\nC= \"a\" b\n", 2, "follows the closing quote"},
    {"[session]\nC= \"\\q\"\n", 2, "unknown escape \\q"},
    {"[session]\nC= \"\\x4\"\n", 2, "unknown escape"},
    {"[session]\nC* x \"a\"\n", 2, "needs a number"},
    {"[session]\nC* 3\n", 2, "double quotes"},
    {"[session]\nC<\n", 2, "needs a file"},
    {"[session]\nS... 25\n", 2, "three digits"},
    {"[session]\nS... 2500\n", 2, "three digits"},
    {"[session]\nA: PLAIN u\n", 2, "A: needs MECH user password"},
    {"[session]\nA: PLAIN u p right\n", 2, "A: needs MECH user password"},
    {"[session]\nA: NTLM u p\n", 2, "does not know NTLM"},
    {"[session]\n@ 5m\n", 2, "needs a time"},
    {"[session]\n@ +5\n", 2, "needs a time"},
    {"[session]\n@ +5d\n", 2, "needs a time"},
    {"[session]\nS!\nC: NOOP\n", 3, "nothing can follow S!"},
    {"[session]\nC.\nC: NOOP\n", 3, "already closed its side"},
    {"[session]\nC!\nS: 221 *\n", 3, "gone"},
    {"[session]\na> C: x\nC: y\n", 3, "either every line"},
    {"[session]\nS* x ok\n", 2, "needs a number and a glob"},
    {"[session]\nS* 0 x\n", 2, "needs a number and a glob"},
    {"[session]\nS* 3\n", 2, "needs a number and a glob"},
    {"[session]\n> greet\n> mial\n", 3, "no step 'mial'; did you mean 'mail'?"},
    {"[session]\na> > gret\n", 2, "no step 'gret'; did you mean 'greet'?"},
    {"[session]\n> transmogrify\n", 2, "no step 'transmogrify'"},
    {"[session]\n> \n", 2, "no step ''"},
    {"[session]\n>greet\n", 2, "no line of the form '>greet'"},
    {"[session]\n> data now\n", 2, "nothing can follow 'data'"},
    {"[session]\n> quit now\n", 2, "nothing can follow 'quit'"},
    {"[session]\n> greet\n> quit\n> mail\n", 4, "nothing can follow S!"},
    {"[session]\n> greet\na> > mail\n", 3, "either every line"},
};

struct Meaning {
  const char *text, *lines;
};
std::ostream& operator<<(std::ostream& out, const Meaning& meaning) { return out << meaning.text; }

const Meaning shorthands[] = {
    {"greet", "S: 220 *\nC: EHLO client.test\nS... 250\n"},
    {" greet  mx.test ", "S: 220 *\nC: EHLO mx.test\nS... 250\n"},
    {"greet mx and  more", "S: 220 *\nC: EHLO mx and  more\nS... 250\n"},
    {"mail", "C: MAIL FROM:<a@b.test>\nS: 250 2.1.0 *\n"},
    {"mail <>", "C: MAIL FROM:<>\nS: 250 2.1.0 *\n"},
    {"mail <> BODY=8BITMIME SIZE=5", "C: MAIL FROM:<> BODY=8BITMIME SIZE=5\nS: 250 2.1.0 *\n"},
    {"rcpt", "C: RCPT TO:<u@example.com>\nS: 250 2.1.5 *\n"},
    {"rcpt $1@$2.test x", "C: RCPT TO:<$1@$2.test> x\nS: 250 2.1.5 *\n"},
    {"data", "C: DATA\nS: 354 go ahead\n"},
    {"message", "C: DATA\nS: 354 go ahead\nC: Subject: hello\nC:\nC: text\nC: .\n"},
    {"message x", "C: DATA\nS: 354 go ahead\nC: Subject: x\nC:\nC: text\nC: .\n"},
    {"message x the body", "C: DATA\nS: 354 go ahead\nC: Subject: x\nC:\nC: the body\nC: .\n"},
    {"pipeline",
     "C: MAIL FROM:<a@b.test>\nC: RCPT TO:<u@example.com>\nC: DATA\nS: 250 2.1.0 *\n"
     "S: 250 2.1.5 *\nS: 354 go ahead\n"},
    {"quit", "C: QUIT\nS: 221 2.0.0 *\nS!\n"},
};

Transcript parse_good(std::string_view text) {
  const auto transcript = parse("x.smtp", text);
  BOOST_REQUIRE_MESSAGE(transcript, (transcript ? "" : transcript.error().what));
  return *transcript;
}

std::vector<std::string> texts(const Section& section) {
  std::vector<std::string> result;
  for (const Line& line : section.lines) result.push_back(line.text);
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(transcript_parser)

BOOST_DATA_TEST_CASE(names_line_and_error, data::make(wrong_files), wrong) {
  const auto result = parse("x.smtp", wrong.text);
  BOOST_REQUIRE(!result);
  BOOST_TEST(result.error().line == wrong.line);
  BOOST_TEST(result.error().what.find(wrong.what) != std::string::npos, result.error().what);
}

BOOST_AUTO_TEST_CASE(sections_keep_their_text) {
  const auto transcript = parse_good(
      "# comment\n\n[config plugins]\n\na b  \n # indented\n# "
      "comment\n\\#x\n\\[y]\n\n\n[env]\n\nA=\n[session "
      "first]\nS: x\n");
  BOOST_REQUIRE(transcript.sections.size() == 3);
  const Section& config = transcript.sections[0];
  BOOST_TEST(config.argument == "plugins");
  BOOST_TEST(config.line == 3U);
  BOOST_TEST(texts(config) == (std::vector<std::string>{"", "a b  ", " # indented", "#x", "[y]"}),
             boost::test_tools::per_element());
  BOOST_TEST(config.lines[3].number == 8U);
  BOOST_TEST(texts(transcript.sections[1]) == std::vector<std::string>{"A="},
             boost::test_tools::per_element());
  BOOST_TEST(transcript.sections[2].argument == "first");
}

BOOST_AUTO_TEST_CASE(every_form_of_a_step) {
  const auto transcript = parse_good(
      "[session]\nC: a b \nC:\nC= \"\\x00\\\"\"\nC* 3 \"ab\"\nC< f\nC|\n\nS: 220 *\nS:\nS= "
      "\"x\"\nS... 250 "
      "*SIZE*\nS... 250\n"
      "S-\n@ +5m\n@ +20ms\nC.\nS!\n");
  const auto& steps = transcript.sections[0].steps;
  const Action expected[] = {
      Action::send,          Action::send,         Action::send,         Action::send,
      Action::send_file,     Action::cut,          Action::expect_line,  Action::expect_line,
      Action::expect_octets, Action::expect_reply, Action::expect_reply, Action::expect_silence,
      Action::advance,       Action::advance,      Action::half_close,   Action::expect_end};
  BOOST_REQUIRE(steps.size() == std::size(expected));
  for (std::size_t i = 0; i < steps.size(); ++i)
    BOOST_TEST((steps[i].action == expected[i]), "step " << i);
  BOOST_TEST(*steps[0].text.expand({}) == "a b \r\n");
  BOOST_TEST(*steps[1].text.expand({}) == "\r\n");
  BOOST_TEST(*steps[2].text.expand({}) == std::string("\0\"", 2));
  BOOST_TEST(steps[3].times == 3U);
  BOOST_TEST(steps[9].code == "250");
  BOOST_TEST(steps[9].has_glob);
  BOOST_TEST(!steps[10].has_glob);
  BOOST_TEST(steps[12].advance.count() == 300'000);
  BOOST_TEST(steps[13].advance.count() == 20);
  BOOST_TEST(steps[6].line == 9U);
}

BOOST_AUTO_TEST_CASE(two_sessions_at_once_and_their_order) {
  const auto transcript = parse_good("[session]\na> S: 220 *\nb> S: 220 *\na> C!\nb> C: QUIT\n");
  BOOST_TEST(transcript.sections[0].steps[1].who == "b");
  BOOST_TEST(transcript.sections[0].steps[1].source == "b> S: 220 *");
}

BOOST_DATA_TEST_CASE(shorthands_stand_for_lines, data::make(shorthands), shorthand) {
  const auto expansion = expand_shorthand(shorthand.text);
  BOOST_REQUIRE(expansion);
  std::string lines;
  for (const std::string& line : *expansion) lines += line + '\n';
  BOOST_TEST(lines == shorthand.lines);
}

BOOST_AUTO_TEST_CASE(a_step_of_a_shorthand_names_both_lines) {
  const auto transcript = parse_good("[session]\n> greet\n> message\n");
  const auto& steps = transcript.sections[0].steps;
  BOOST_REQUIRE(steps.size() == 9U);
  BOOST_TEST(steps[1].line == 2U);
  BOOST_TEST(steps[1].source == "> greet: C: EHLO client.test");
  BOOST_TEST((steps[2].action == Action::expect_reply));
  BOOST_TEST(steps[8].line == 3U);
  BOOST_TEST(steps[8].source == "> message: C: .");
  const auto two = parse_good("[session]\na> > greet mx\nb> > greet\n");
  const Step& step = two.sections[0].steps[1];
  BOOST_TEST(step.who == "a");
  BOOST_TEST(step.source == "a> > greet mx: C: EHLO mx");
  BOOST_TEST(two.sections[0].steps[3].who == "b");
}

BOOST_AUTO_TEST_CASE(a_line_that_is_expected_many_times) {
  const auto transcript = parse_good("[session]\nS* 3 250 2.1.5 *\nS!\n");
  const auto& steps = transcript.sections[0].steps;
  BOOST_REQUIRE(steps.size() == 4U);
  for (std::size_t i = 0; i < 3; ++i) {
    smtpd::transcript::Variables variables;
    BOOST_TEST((steps[i].action == Action::expect_line));
    BOOST_TEST(steps[i].times == 1U);
    BOOST_TEST(steps[i].text.matches("250 2.1.5 ok", variables));
    BOOST_TEST(!steps[i].text.matches("3 250 2.1.5 ok", variables));
  }
}

BOOST_AUTO_TEST_CASE(the_dns_is_set_before_a_session_and_checked_behind_it) {
  const auto transcript =
      parse_good("[dns]\na A 192.0.2.1\n[session]\nS: 220 *\n[dns asked]\na A\n");
  BOOST_TEST((transcript.sections[0].kind == Section::Kind::dns));
  BOOST_TEST((transcript.sections[2].kind == Section::Kind::dns_asked));
  BOOST_TEST(transcript.sections[2].argument == "");
  for (const char* file : {"[dns x]\n[session]\n", "[session]\n[dns]\na A 192.0.2.1\n",
                           "[dns asked]\na A\n[session]\n"})
    BOOST_TEST(!smtpd::transcript::parse("x.smtp", file).has_value());
}

BOOST_AUTO_TEST_CASE(options_have_two_forms) {
  for (const char* text :
       {"remote-ip 192.0.2.1", "--remote-ip=192.0.2.1", "  --remote-ip   192.0.2.1 "}) {
    BOOST_TEST(read_option(text).name == "remote-ip");
    BOOST_TEST(read_option(text).value == "192.0.2.1");
  }
}

BOOST_AUTO_TEST_SUITE_END()
