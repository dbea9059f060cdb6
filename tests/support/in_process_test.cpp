#include "tests/support/in_process.hpp"

#include <array>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>
#include <stdexcept>

#include "lib/base/text.hpp"
#include "lib/services/resolver.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/run.hpp"

using namespace smtpd;
using namespace smtpd::transcript;
namespace data = boost::unit_test::data;

namespace {

/// As little of a server as the runner needs to be tried: every verb does one thing.
class FakeServer {
 public:
  explicit FakeServer(const Options& options, const Caller& caller, Services& services)
      : options_(options), caller_(caller), services_(services) {}

  int serve() {
    if (caller_.stream.wait_for_input(services_.clock.after(seconds(1))) == io::Input::data)
      say("554 talks early");
    say("220 mx.test ready");
    while (exit_code_ < 0) {
      const auto line = read_line();
      if (line.empty()) break;
      answer(line);
    }
    return std::max(exit_code_, 0);
  }

 private:
  void say(const std::string& line) {
    (void)caller_.stream.write(line + "\r\n", Deadline::never());
  }

  /// With its end; empty when the session is over.
  std::string read_line() {
    while (buffer_.find("\r\n") == buffer_.npos) {
      std::array<char, 5> octets;  // few, so that lines come in pieces
      const auto deadline = patient_ ? Deadline::never() : services_.clock.after(seconds(300));
      const auto got = caller_.stream.read(octets, deadline, io::Stream::Interrupt::yes);
      if (!got && got.error().code == Errc::timeout) say("421 timeout");
      if (!got) services_.log.write("error: " + got.error().what);
      if (!got || *got == 0) return {};
      buffer_.append(octets.data(), *got);
    }
    const auto line = buffer_.substr(0, buffer_.find("\r\n") + 2);
    buffer_.erase(0, line.size());
    return line;
  }

  void answer(std::string_view line) {
    line = trim(line);
    const auto verb = line.substr(0, line.find(' '));
    const std::string argument(trim(line.substr(verb.size())));
    if (verb == "SAY") say(argument);
    if (verb == "PART") (void)caller_.stream.write(argument, Deadline::never());
    if (verb == "EHLO") say("250-mx.test\r\n250-PIPELINING\r\n250 SIZE 1000");
    if (verb == "ENV")
      say("250 " + std::string(services_.environment.get(argument.c_str()).value_or("none")));
    if (verb == "OPTION") say("250 " + options_.remote_ip.value_or("none"));
    if (verb == "SOCKET") say(caller_.socket ? "250 socket" : "250 file");
    if (verb == "CONFIG")
      say("250 " +
          std::string(trim(read_file(options_.config_dir + '/' + argument).value_or("none"))));
    if (verb == "WALL")
      say("250 " +
          std::to_string(services_.clock.wall().time_since_epoch() / std::chrono::seconds(1)));
    if (verb == "LOG") services_.log.write(argument);
    if (verb == "PATIENT") patient_ = true;
    if (verb == "ASK") ask(argument.substr(0, argument.find(' ')));
    if (verb == "MAIL") deliver(argument);
    if (verb == "THROW") throw std::runtime_error("thrown");
    if (verb == "EXIT") exit_code_ = static_cast<int>(to_number(argument).value_or(0));
    while (verb == "READ") (void)read_line();
    while (verb == "LOOK") (void)caller_.stream.wait_for_input(services_.clock.after(seconds(1)));
    while (verb == "WRITE") say("x");
    if (verb == "QUIT") {
      say("221 bye");
      exit_code_ = 0;
    }
  }

  /// For addresses of IPv4.
  void ask(const std::string& name) {
    Log log(services_.log, services_.clock);
    Config config(options_.config_dir, {}, log);
    const auto resolver = services_.resolver.get(config, log);
    const dns::Answer answer =
        (*resolver)->ask({name, dns::Type::a}, services_.clock.after(seconds(5)));
    std::string text = answer.has_failed() ? "250 " + answer.why : "250";
    for (const IpAddress& address : answer.addresses) text += ' ' + address.text();
    say(text);
  }

  /// `/` stands for a line end.
  void deliver(std::string text) {
    std::ranges::replace(text, '/', '\n');
    const std::string folder = options_.config_dir + "/../mail/new/";
    (void)write_file(folder + std::to_string(++messages_), text + '\n');
  }

  const Options& options_;
  const Caller& caller_;
  Services& services_;
  std::string buffer_;
  bool patient_ = false;
  int exit_code_ = -1, messages_ = 0;
};

/// The report on a transcript; empty if it passed.
std::string report_on(std::string_view text) {
  const Folder folder;
  const auto transcript = parse("x.smtp", text);
  if (!transcript) return transcript.error().what;
  InProcess driver([](const Options& options, const Caller& caller, Services& services) {
    return FakeServer(options, caller, services).serve();
  });
  return run(*transcript, driver, {folder.path()}).text;
}

struct Good {
  const char *name, *text;
};
std::ostream& operator<<(std::ostream& out, const Good& good) { return out << good.name; }

const Good good_files[] = {
    {"quit", "[session]\nS: 220 *\nC: QUIT\nS: 221 bye\nS!\n"},
    {"client closes at the end", "[session]\nS: 220 mx.test *\n"},
    {"pipelining",
     "[session]\nC: SAY 250 a\nC: SAY 250 b\nC: QUIT\nS: 554 *\nS: 220 *\nS: 250 a\nS: 250 b\nS: "
     "221 *\n"},
    {"talking early", "[session]\nC: QUIT\nS: 554 talks early\nS: 220 *\nS: 221 *\n"},
    {"the DNS",
     "[dns]\na.test A 192.0.2.1 after 10ms\na.test A 192.0.2.2\nb.test A !timeout\n[session]\n"
     "S: 220 *\nC: ASK a.test A\nS: 250 192.0.2.1 192.0.2.2\nC: ASK a.test A\nS: 250 192.0.2.1 *\n"
     "C: ASK b.test A\nS: 250 no answer from 127.0.0.1:${dns} in 0.600 s\n"
     "[dns asked]\nb.test A\na.test A\n[session]\nS: 220 *\n[dns asked]\n"},
    {"waiting for the banner", "[session]\nS: 220 *\nC: QUIT\nS: 221 *\n"},
    {"reply of several lines",
     "[session]\nS: 220 *\nC: EHLO c\nS... 250 SIZE *\nC: EHLO c\nS... 250\n"
     "C: EHLO c\nS... 250 250-PIPELINING\n"},
    {"exact octets",
     "[session]\nS= \"220 mx.test ready\\r\\n\"\nC: PART 250\nS= \"25\"\nS= \"0\"\n"},
    {"captures", "[session]\nS: 220 ${host} *\nC: SAY 334 ${host}\nS: 334 mx.test\n"},
    {"raw octets",
     "[session]\nS: 220 *\nC= \"SAY 250 a\\r\"\nC|\nC= \"\\n\"\nC* 2 \"SAY 250 b\\r\\n\"\nS: 250 "
     "a\nS: 250 b\nS: 250 "
     "b\n"},
    {"octets of a file",
     "[file x]\nSAY 250 $TMP\n[session]\nS: 220 *\nC< $TMP/x\nC= \"\\r\\n\"\nS: 250 $TMP\n"},
    {"silence", "[session]\nS: 220 *\nS-\nC: LOG x\nS-\nC: QUIT\nS: 221 *\nS!\n"},
    {"the clock jumps", "[session]\nS: 220 *\nS: 421 timeout\nS!\n"},
    {"the clock moves",
     "[session]\nS: 220 *\n@ +299s\nC: WALL\nS: 250 1767323345\n@ +301s\nS: 421 *\nS!\n"},
    {"half-close", "[session]\nS: 220 *\nC: SAY 250 x\nC.\nS: 250 x\nS!\n"},
    {"close", "[session]\nS: 220 *\nC: SAY 250 x\nC!\nS!\n"},
    {"reset", "[session]\nS: 220 *\nC: SAY 250 x\nCx\n[log]\nerror: *reset*\n"},
    {"exit code", "[exit 3]\n[session]\nS: 220 *\nC: EXIT 3\nS!\n"},
    {"exit code behind", "[session]\nS: 220 *\nC: EXIT 3\nS!\n[exit 3]\n"},
    {"defaults",
     "[session]\nS: 220 *\nC: CONFIG me\nS: 250 mx.test\nC: CONFIG spool_dir\nS: 250 $TMP/spool\n"},
    {"environment",
     "[env]\nA=$TMP\n[session]\nS: 220 *\nC: ENV A\nS: 250 $TMP\nC: ENV HOME\nS: 250 none\n"},
    {"options",
     "[options]\nremote-ip 192.0.2.1\n[session]\nS: 220 *\nC: OPTION\nS: 250 192.0.2.1\nC: "
     "SOCKET\nS: 250 socket\n"},
    {"standard input", "[options]\nstdin file\n[session]\nS: 220 *\nC: SOCKET\nS: 250 file\n"},
    {"sessions one by one",
     "[config a]\n1\n[session]\nS: 220 *\nC: CONFIG a\nS: 250 1\n[config a]\n2\n[session]\nS: 220 "
     "*\n"
     "C: CONFIG a\nS: 250 2\n[config a]\n[session]\nS: 220 *\nC: CONFIG a\nS: 250 none\n"},
    {"steps", "[session]\n> greet\nC: QUIT\nS: 221 bye\nS!\n"},
    {"a line many times",
     "[session]\nS: 220 *\nC* 3 \"SAY 250 a\\r\\n\"\nS* 3 250 *\nC: QUIT\nS: 221 *\n"},
    {"no mail", "[session]\nS: 220 *\n[mail $TMP/mail]\n"},
    {"mail",
     "[session]\nS: 220 *\nC: MAIL a/b\nC: MAIL c//e/f\n[mail mail]\nc\n...\nf\n====\n*\nb\n\n"},
    {"mail that fits twice",
     "[session]\nS: 220 *\nC: MAIL a/b\nC: MAIL c\n[mail mail]\n...\n====\na\nb\n"},
    {"mail with dots",
     "[session]\nS: 220 *\nC: MAIL .../====/[x]/#y/*\n[mail "
     "mail]\n\\...\n\\====\n\\[x]\n\\#y\n\\*\n"},
    {"log", "[session]\nS: 220 *\nC: LOG a\nC: LOG b\nC: LOG c\n[log]\na\n*c*\n! d\n"},
};

struct Bad {
  const char *name, *text, *report;  // the report has this in it
};
std::ostream& operator<<(std::ostream& out, const Bad& bad) { return out << bad.name; }

const Bad bad_files[] = {
    {"other reply", "[session]\nS: 220 *\nC: SAY 550 no\nS: 250 *\n",
     "x.smtp:4: the server sent something else\n    @ +1s (the server waits that long)\n    S: 220 "
     "mx.test ready\n    "
     "C: SAY 550 no\n>>> S: 250 *\n    came S: 550 no\n"},
    {"other reply in a step", "[session]\n> greet c\n> quit\n",
     "x.smtp:3: the server sent something else\n    @ +1s (the server waits that long)\n    S: 220 "
     "mx.test ready\n    C: EHLO c\n    S: 250-mx.test\n    S: 250-PIPELINING\n    S: 250 SIZE "
     "1000\n"
     "    C: QUIT\n>>> > quit: S: 221 2.0.0 *\n    came S: 221 bye\n"},
    {"fewer lines", "[session]\nS: 220 *\nC* 2 \"SAY 250 a\\r\\n\"\nS* 3 250 a\n",
     ">>> S* 3 250 a\n    came S: 421 timeout\n"},
    {"more lines", "[session]\nS: 220 *\nC* 3 \"SAY 250 a\\r\\n\"\nS* 2 250 a\n",
     "x.smtp:1: the script leaves something unread"},
    {"whole line", "[session]\nS: 220 mx.test\n", "x.smtp:2: the server sent something else"},
    {"case", "[session]\nS: 220 MX.TEST *\n", "x.smtp:2:"},
    {"no reply", "[session]\nS: 220 *\nC: PATIENT\nS: 250 *\n",
     "x.smtp:4: the server waits for ever"},
    {"timeout instead", "[session]\nS: 220 *\nC: LOG x\nS: 250 *\n",
     "(the server waits that long)\n>>> S: 250 *\n    came S: 421"},
    {"bare LF", "[session]\nS: 220 *\nC= \"SAY 250 a\\nb\\r\\n\"\nS: 250 *\n",
     "came S= \"250 a\\n\""},
    {"part of a line", "[session]\nS: 220 *\nC: PATIENT\nC: PART 250 x\nS: 250 x\n",
     "came S= \"250 x\""},
    {"other octets", "[session]\nS= \"220 x\"\n", "x.smtp:2: the server sent something else"},
    {"other code in a reply", "[session]\nS: 220 *\nC: SAY 250-a/\nC: SAY 251 b\nS... 250\n",
     "x.smtp:5:"},
    {"no such line in a reply", "[session]\nS: 220 *\nC: EHLO x\nS... 250 *AUTH*\n", "x.smtp:4:"},
    {"unread", "[session]\nS: 220 *\nC: SAY 250 a\nC: SAY 250 b\nS: 250 a\n",
     "x.smtp:1: the script leaves something unread"},
    {"not silent", "[session]\nS: 220 *\nC: SAY 250 x\nS-\n",
     "x.smtp:4: the server sent something else"},
    {"ends early", "[session]\nS: 220 *\nC: QUIT\nS: 221 *\nC: NOOP\nS: 250 *\n",
     "x.smtp:5: the server has ended before this line"},
    {"ends without", "[session]\nS: 220 *\nC: EXIT 0\nS: 221 *\n",
     "x.smtp:4: the server has ended without sending this"},
    {"does not end", "[session]\nS: 220 *\nS!\n", "x.smtp:3: the server waits for more"},
    {"exit code", "[session]\nS: 220 *\nC: EXIT 3\n", "x.smtp:1: the exit code is 3, not 0"},
    {"exit code of the last", "[session]\nS: 220 *\n[session]\nS: 220 *\n[exit 3]\n",
     "x.smtp:3: the exit code is 0, not 3"},
    {"exception", "[session]\nS: 220 *\nC: THROW\n",
     "x.smtp:1: the server threw an exception: thrown"},
    {"reads for ever", "[session]\nS: 220 *\nC: READ\n", "round in circles"},
    {"looks for ever", "[session]\nS: 220 *\nC: LOOK\nS: 250 *\n", "round in circles"},
    {"writes for ever", "[session]\nS: 220 *\nC: WRITE\nS: x\n", "sends without end"},
    {"writes for ever to nobody", "[session]\nS: 220 *\nC: WRITE\nC!\n", "round in circles"},
    {"mail that is not there", "[session]\nS: 220 *\nC: MAIL a/b\n[mail mail]\na\nc\n",
     "x.smtp:6: no message is like this; there are 1:\n    | a\n    | b\n"},
    {"mail that is too long", "[session]\nS: 220 *\nC: MAIL a/b\n[mail mail]\na\n", "x.smtp:5:"},
    {"mail that is too short", "[session]\nS: 220 *\nC: MAIL a\n[mail mail]\na\nb\n", "x.smtp:6:"},
    {"mail not expected", "[session]\nS: 220 *\nC: MAIL a\nC: MAIL b\n[mail mail]\na\n",
     "x.smtp:5: a message that is not expected:\n    | b\n"},
    {"no mail expected", "[session]\nS: 220 *\nC: MAIL a\n[mail mail]\n",
     "x.smtp:4: a message that is not expected"},
    {"log without", "[session]\nS: 220 *\nC: LOG a\n[log]\nb\n",
     "x.smtp:5: the log has no such line\n"},
    {"log in another order", "[session]\nS: 220 *\nC: LOG a\nC: LOG b\n[log]\nb\na\n",
     "x.smtp:7: the log has this line, but earlier\n"},
    {"log with", "[session]\nS: 220 *\nC: LOG a\n[log]\n! a\n",
     "x.smtp:5: the log has such a line: a\n"},
    {"log of another session", "[session]\nS: 220 *\nC: LOG a\n[session]\nS: 220 *\n[log]\na\n",
     "x.smtp:7:"},
    {"the log's end is shown", "[session]\nS: 220 *\nC: LOG hello\nC: QUIT\nS: 250 *\n",
     "  log:\n    hello\n"},
    {"the log does not repeat the dialogue",
     "[session]\nS: 220 *\nC: LOG 1 a dispatching SAY 250 x\nC: LOG 1 a 250 x\nC: LOG 1 a 250 y\n"
     "C: LOG 1 a other\nC: SAY 250 x\nS: 250 x\nC: SAY 250 y\nS: 250 z\n",
     ">>> S: 250 z\n    came S: 250 y\n  log:\n    1 a other\n"},
    {"the whole log where it is wrong",
     "[session]\nS: 220 *\nC: SAY 250 x\nS: 250 x\nC: LOG 1 a 250 x\n[log]\nb\n",
     "x.smtp:7: the log has no such line\n  log:\n    1 a 250 x\n"},
    {"unknown variable", "[session]\nS: 220 *\nC: ${none}\n", "x.smtp:3: ${none} has no value"},
    {"unknown variable in a file", "[config me]\nx\n${none}\n[session]\nS: 220 *\n",
     "x.smtp:3: ${none} has no value"},
    {"no such file", "[session]\nS: 220 *\nC< $TMP/none\n", "x.smtp:3:"},
    {"file outside", "[file /etc/none]\n[session]\nS: 220 *\n", "is not under $TMP"},
    {"file outside by dots", "[file a/../../x]\n[session]\nS: 220 *\n", "is not under $TMP"},
    {"level", "[options]\nlog-level loud\n[session]\nS: 220 *\n", "no such level"},
    {"two processes", "[session]\na> S: 220 *\n", "needs two processes"},
    {"black box only", "[only black-box]\n[session]\nS: 220 *\n", "black box only"},
    {"static only", "[only static]\n[session]\n", "static only"},
    {"asks without a DNS", "[session]\nS: 220 *\nC: ASK a.test A\nS: 250 *\n",
     "x.smtp:1: asks for a.test A, and there is no [dns]"},
    {"asks for more",
     "[dns]\na.test A 192.0.2.1\n[session]\nS: 220 *\nC: ASK a.test A\nS: 250 *\n"
     "C: ASK b.test A\nS: 250*\n[dns asked]\na.test A\n",
     "x.smtp:9: this was asked as well, or more than once: b.test A"},
    {"asks for less", "[dns]\na.test A 192.0.2.1\n[session]\nS: 220 *\n[dns asked]\na.test A\n",
     "x.smtp:6: nobody has asked for a.test A"},
    {"no record", "[dns]\na.test A 2001:db8::1\n[session]\n",
     "x.smtp:2: '2001:db8::1' is no such address"},
    {"no type", "[dns]\na.test B c\n[session]\n", "x.smtp:2: no such type: B"},
    {"no mark", "[dns]\na.test A !late\n[session]\n", "x.smtp:2: the marks are !timeout"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(transcript_in_process)

BOOST_DATA_TEST_CASE(passes, data::make(good_files), good) {
  BOOST_TEST(report_on(good.text) == "");
}

BOOST_DATA_TEST_CASE(reports, data::make(bad_files), bad) {
  const std::string report = report_on(bad.text);
  BOOST_TEST(report.find(bad.report) != std::string::npos, "the report is: " << report);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there) {
  InProcess driver({});
  BOOST_TEST(run(std::string("/none.smtp"), driver, {"/"}).text.starts_with("/none.smtp:0: "));
}

BOOST_AUTO_TEST_SUITE_END()
