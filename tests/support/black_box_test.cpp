#include "tests/support/black_box.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <ostream>

#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/run.hpp"

using namespace smtpd::transcript;
namespace data = boost::unit_test::data;

namespace {

/// A server as a shell script: every verb does one thing.
constexpr std::string_view server = R"(#!/bin/sh
trap "" PIPE
say() { printf '%s\r\n' "$*"; }
say "220 mx.test ready"
while IFS= read -r line; do
  line=${line%?}
  argument=${line#* }
  case $line in
    SAY*) say "$argument" ;;
    TWO) printf '250 a\r\n250 b\r\n' ;;
    PART*) printf '%s' "$argument" ;;
    EHLO*) say 250-mx.test; say "250 SIZE 1000" ;;
    ENV*) eval "say \"250 \${$argument-none}\"" ;;
    OPTIONS) say "250 $*" ;;
    SOCKET) if [ -S /proc/self/fd/0 ]; then say 250 socket; else say 250 file; fi ;;
    ASK*) bash -c 'printf "\0\7\1\40\0\1\0\0\0\0\0\0\1a\4test\0\0\1\0\1" >/dev/udp/127.0.0.1/'"$argument"; say 250 ;;
    LOG*) echo "$argument" >&2 ;;
    EXIT*) exit "$argument" ;;
    KILL*) kill -s "$argument" $$ ;;
    HANG) exec >/dev/null; while :; do read -r line; done ;;
    CLOSE) exec >&- <&-; exit 0 ;;
    QUIT) say 221 bye; exit 0 ;;
  esac
done
)";

/// The report on a transcript; empty if it passed.
std::string report_on(std::string_view text) {
  const Folder folder, program;
  const std::string binary = program.path() + "/server";
  (void)write_file(binary, server);
  std::filesystem::permissions(binary, std::filesystem::perms::owner_all);
  const auto transcript = parse("x.smtp", text);
  if (!transcript) return transcript.error().what;
  BlackBox driver(binary, BlackBox::Binary::loads_modules, std::chrono::milliseconds(800));
  return run(*transcript, driver, {folder.path()}).text;
}

struct Case {
  const char *name, *text, *report;  // the report has this in it; none: it passes
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

const Case cases[] = {
    {"quit", "[session]\nS: 220 *\nC: QUIT\nS: 221 bye\nS!\n", ""},
    {"no steps", "[session]\n", "x.smtp:1: the script leaves something unread"},
    {"client closes at the end", "[session]\nS: 220 mx.test *\n", ""},
    {"pipelining",
     "[session]\nC: SAY 250 a\nC: SAY 250 b\nC|\nC: QUIT\nS: 220 *\nS: 250 a\nS: 250 b\nS: 221 *\n",
     ""},
    {"reply of several lines", "[session]\nS: 220 *\nC: EHLO c\nS... 250 SIZE *\n", ""},
    {"captures", "[session]\nS: 220 ${host} *\nC: SAY 334 ${host}\nS: 334 mx.test\n", ""},
    {"silence", "[session]\nS: 220 *\nS-\nC: QUIT\nS: 221 *\nS!\n", ""},
    {"much input",
     "[session]\nS: 220 *\nC* 5000 \"SAY 250 x\\r\\n\"\nC: QUIT\nS= \"250 x\\r\\n\"\nC!\n", ""},
    {"half-close", "[session]\nS: 220 *\nC: SAY 250 x\nC.\nS: 250 x\nS!\n", ""},
    {"close", "[session]\nS: 220 *\nC: LOG x\nC!\nS!\n[log]\nx\n", ""},
    {"reset", "[session]\nS: 220 *\nCx\n", ""},
    {"exit code", "[exit 3]\n[session]\nS: 220 *\nC: EXIT 3\nS!\n", ""},
    {"environment",
     "[env]\nA=$TMP\n[session]\nS: 220 *\nC: ENV A\nS: 250 $TMP\nC: ENV HOME\nS: 250 none\n", ""},
    {"options",
     "[options]\nremote-ip 192.0.2.1\n[session]\nS: 220 *\nC: OPTIONS\n"
     "S: 250 --config-dir $TMP/config --remote-ip=192.0.2.1\nC: SOCKET\nS: 250 socket\n",
     ""},
    {"standard input",
     "[options]\nstdin file\n[session]\nS: 220 *\nC: SOCKET\nS: 250 file\nC.\nS!\n", ""},
    {"sessions one by one",
     "[session]\nS: 220 *\nC: LOG a\n[log]\na\n[session]\nS: 220 *\nC: LOG b\n[log]\nb\n! a\n", ""},
    {"steps", "[session]\n> greet\nC: QUIT\nS: 221 *\nS!\n", ""},
    {"a line many times",
     "[session]\nS: 220 *\nC* 3 \"SAY 250 a\\r\\n\"\nS* 3 250 *\nC: QUIT\nS: 221 *\n", ""},
    {"asks without a DNS", "[session]\nS: 220 *\nC: ASK ${dns}\nS: 250\n",
     "x.smtp:1: asks for a.test A, and there is no [dns]"},
    {"asks the DNS",
     "[dns]\na.test A !timeout\n[session]\nS: 220 *\nC: ASK ${dns}\nS: 250\n[dns asked]\na.test "
     "A\n",
     ""},
    {"a real resolver", "[config resolver]\nserver 192.0.2.1\n[session]\nS: 220 *\n",
     "x.smtp:3: config resolver names a real server"},
    {"the system's resolver", "[config resolver]\n[session]\nS: 220 *\n",
     "x.smtp:2: config resolver names a real server"},
    {"two at once",
     "[session]\na> S: 220 *\nb> S: 220 *\na> C: SAY 250 a\nb> C: SAY 250 b\nb> S: 250 b\na> S: "
     "250 a\nb> C: QUIT\n"
     "b> S: 221 *\nb> S!\na> C: QUIT\na> S: 221 *\n",
     ""},
    {"other reply", "[session]\nS: 220 *\nC: SAY 550 no\nS: 250 *\n",
     "x.smtp:4: the server sent something else\n    S: 220 mx.test ready\n    C: SAY 550 no\n>>> "
     "S: 250 *\n    came S: "
     "550 no\n"},
    {"other reply in a step", "[session]\n> greet c\n> quit\n",
     "x.smtp:3: the server sent something else\n    S: 220 mx.test ready\n    C: EHLO c\n    S: "
     "250-mx.test\n    S: 250 SIZE 1000\n    C: QUIT\n>>> > quit: S: 221 2.0.0 *\n    came S: 221 "
     "bye\n"},
    {"other reply in a step of one of two", "[session]\na> > greet\nb> > greet\nb> > quit\n",
     ">>> b> > quit: S: 221 2.0.0 *\n"},
    {"other reply to one of two", "[session]\na> S: 220 *\nb> S: 550 *\n",
     "    a> S: 220 mx.test ready\n>>> b> S: 550 *\n"},
    {"no reply", "[session]\nS: 220 *\nS: 250 *\n", "x.smtp:3: the server sends nothing"},
    {"part of a line", "[session]\nS: 220 *\nC: PART 250 x\nS: 250 x\n", "came S= \"250 x\""},
    {"unread", "[session]\nS: 220 *\nC: SAY 250 a\n",
     "x.smtp:1: the script leaves something unread"},
    {"not silent", "[session]\nS: 220 *\nC: TWO\nS: 250 a\nS-\n",
     "x.smtp:5: the server is not silent"},
    {"ends early",
     "[session]\nS: 220 *\nC: QUIT\nS: 221 *\nS!\n[session]\nS: 220 *\nC: CLOSE\nS: 250 *\n",
     "x.smtp:9: the server has ended without sending this"},
    {"ends before a line",
     "[session]\nS: 220 *\nC: QUIT\nS: 221 *\nC* 300000 \"x\"\nC|\nC* 300000 \"x\"\n",
     "the server has ended before this line"},
    {"does not end", "[session]\nS: 220 *\nS!\n", "x.smtp:3: the server does not end"},
    {"does not end with the client", "[session]\nS: 220 *\nC: HANG\n",
     "x.smtp:1: the server does not end"},
    {"exit code differs", "[session]\nS: 220 *\nC: EXIT 3\n",
     "x.smtp:1: the exit code is 3, not 0"},
    {"killed", "[session]\nS: 220 *\nC: KILL SEGV\n", "x.smtp:1: the server was killed by SIGSEGV"},
    {"sanitizer", "[session]\nS: 220 *\nC: LOG x.cpp:1:2: runtime error: overflow\n",
     "x.smtp:1: x.cpp:1:2: runtime error: overflow"},
    {"log", "[session]\nS: 220 *\nC: LOG a\n[log]\nb\n", "x.smtp:5: the log has no such line"},
    {"clock", "[session]\n@ +1s\n", "moves the clock"},
    {"in process only", "[only in-process]\n[session]\n", "in process only"},
    {"static only", "[only static]\n[session]\n", "static only"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(transcript_black_box)

BOOST_DATA_TEST_CASE(dialogue, data::make(cases), c) {
  const std::string report = report_on(c.text);
  if (*c.report == '\0') BOOST_TEST(report == "");
  BOOST_TEST(report.find(c.report) != std::string::npos, "the report is: " << report);
}

BOOST_AUTO_TEST_CASE(a_static_binary_has_no_modules) {
  BlackBox driver("/none", BlackBox::Binary::is_static);
  const auto runs = [&](const char* text) {
    const Folder folder;
    return run(*parse("x.smtp", text), driver, {folder.path()});
  };
  BOOST_TEST(runs("[config plugin_dirs]\n${plugins}\n[session]\n").text == "needs modules");
  BOOST_TEST(runs("[only black-box]\n[session]\n").text.find("exit code is 127") !=
             std::string::npos);
  BOOST_TEST(runs("[only static]\n[session]\n").text.find("exit code is 127") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_binary_that_is_not_there) {
  const Folder folder;
  BlackBox driver("/none");
  const auto transcript = parse("x.smtp", "[session]\n");
  BOOST_TEST(run(*transcript, driver, {folder.path()}).text.find("the exit code is 127, not 0") !=
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
