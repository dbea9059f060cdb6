#include "lib/io/spawn.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <chrono>
#include <string>

#include "lib/base/unique_fd.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"

using namespace smtpd;
using smtpd::io::Program;
using smtpd::io::ProgramInput;
using smtpd::io::ProgramOutcome;
using smtpd::transcript::Folder;

namespace {

const SystemClock the_clock;

/// `script` for the shell, with a deadline that only a broken test reaches.
Program shell(const std::string& script) {
  return {.path = "/bin/sh",
          .arguments = {"-c", script},
          .environment = {"PATH=/usr/bin:/bin"},
          .deadline = the_clock.after(seconds(30))};
}

ProgramOutcome outcome_of(const Program& program) {
  auto outcome = io::run(program, the_clock);
  BOOST_REQUIRE_MESSAGE(outcome.has_value(), (outcome ? "" : outcome.error().what));
  return *outcome;
}

Errc error_of(const Program& program) {
  const auto outcome = io::run(program, the_clock);
  BOOST_REQUIRE(!outcome.has_value());
  return outcome.error().code;
}

/// True if a process waits to be reaped, or runs: no test leaves one behind.
bool has_child() { return ::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD; }

/// True if no process of that number runs any more, after a moment at most. What waits for init to
/// reap it does not run.
bool is_gone(const std::string& pid) {
  const std::string status = "/proc/" + std::to_string(std::stoi(pid)) + "/stat";
  const Deadline deadline = the_clock.after(seconds(10));
  while (true) {
    const auto text = transcript::read_file(status);
    if (!text || text->find(") Z ") != text->npos) return true;
    if (deadline.passed(the_clock.now())) return false;
    ::usleep(1000);
  }
}

std::string repeated(std::size_t octets) { return std::string(octets, 'x'); }

}  // namespace

BOOST_AUTO_TEST_SUITE(spawn)

BOOST_AUTO_TEST_CASE(output_errors_and_exit_code) {
  const ProgramOutcome outcome = outcome_of(shell("echo out; echo err >&2; exit 3"));
  BOOST_TEST(outcome.output == "out\n");
  BOOST_TEST(outcome.errors == "err\n");
  BOOST_TEST(outcome.exit_code == 3);
  BOOST_TEST(outcome.signal == 0);
  BOOST_TEST(!has_child());
}

BOOST_AUTO_TEST_CASE(arguments_are_no_commands) {
  Program program = shell("printf '[%s]' \"$@\"");
  program.arguments.insert(program.arguments.end(), {"sh", "a b", "$(id)", "", "; exit 1"});
  BOOST_TEST(outcome_of(program).output == "[a b][$(id)][][; exit 1]");
}

BOOST_AUTO_TEST_CASE(environment_is_its_own) {
  ::setenv("SMTPD_TEST_SECRET", "x", 1);
  Program program = shell("exec env");
  program.environment = {"PATH=/usr/bin:/bin", "A=b c", "EMPTY="};
  const std::string output = outcome_of(program).output;
  BOOST_TEST(output.find("A=b c\n") != output.npos);
  BOOST_TEST(output.find("EMPTY=\n") != output.npos);
  BOOST_TEST(output.find("SECRET") == output.npos);
  BOOST_TEST(output.find("HOME=") == output.npos);
}

BOOST_AUTO_TEST_CASE(input) {
  Program program = shell("cat");
  program.inputs = {{.text = "hello"}};
  BOOST_TEST(outcome_of(program).output == "hello");
  program.inputs = {};
  BOOST_TEST(outcome_of(program).output.empty());  // and not the client's line
}

BOOST_AUTO_TEST_CASE(several_inputs) {
  Program program = shell("cat <&1 >&2; cat >&2; cat <&5 >&2");
  program.inputs = {{.text = "message "},
                    {.descriptor = 1, .text = "envelope "},
                    {.descriptor = 5, .text = "more"}};
  const ProgramOutcome outcome = outcome_of(program);
  BOOST_TEST(outcome.errors == "envelope message more");
  BOOST_TEST(outcome.output.empty());
}

BOOST_AUTO_TEST_CASE(a_file_as_input) {
  const Folder folder;
  const std::string path = folder.path() + "/message";
  BOOST_REQUIRE(transcript::write_file(path, "from a file"));
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  Program program = shell("cat");
  program.inputs = {{.file = file.get()}};
  BOOST_TEST(outcome_of(program).output == "from a file");
  BOOST_TEST(::fcntl(file.get(), F_GETFD) == FD_CLOEXEC);
}

BOOST_AUTO_TEST_CASE(big_input_and_output_at_once) {
  const std::string text = repeated(3'000'000);
  Program program = shell("cat");
  program.inputs = {{.text = text}};
  program.most_output = text.size();
  BOOST_TEST((outcome_of(program).output == text));
}

BOOST_AUTO_TEST_CASE(big_input_that_is_not_read) {
  const std::string text = repeated(3'000'000);
  Program program = shell("exit 0");
  program.inputs = {{.text = text}};
  BOOST_TEST(outcome_of(program).exit_code == 0);
  program = shell("exec <&-; echo closed; exit 7");
  program.inputs = {{.text = text}};
  const ProgramOutcome outcome = outcome_of(program);
  BOOST_TEST(outcome.output == "closed\n");
  BOOST_TEST(outcome.exit_code == 7);
}

BOOST_AUTO_TEST_CASE(output_is_bounded) {
  Program program = shell("printf 12345; exec sleep 100");
  program.most_output = 4;
  BOOST_TEST((error_of(program) == Errc::limit));
  program = shell("printf 12345");
  program.most_output = 5;
  BOOST_TEST(outcome_of(program).output == "12345");
  program = shell("while :; do echo for ever; done");
  BOOST_TEST((error_of(program) == Errc::limit));
  BOOST_TEST(!has_child());
}

BOOST_AUTO_TEST_CASE(errors_are_cut) {
  const ProgramOutcome outcome =
      outcome_of(shell("i=0; while [ $i -lt 2000 ]; do echo 0123456789 >&2; i=$((i+1)); done"));
  BOOST_TEST(outcome.errors.size() == 4096U);
  BOOST_TEST(outcome.exit_code == 0);
}

BOOST_AUTO_TEST_CASE(deadline) {
  Program program = shell("trap '' TERM; while :; do sleep 100; done");
  program.deadline = the_clock.after(milliseconds(50));
  const SteadyTime began = the_clock.now();
  BOOST_TEST((error_of(program) == Errc::timeout));
  const auto took = the_clock.now() - began;
  BOOST_TEST((took >= milliseconds(50)));
  BOOST_TEST((took < seconds(20)));
  BOOST_TEST(!has_child());
}

/// Also for a program that never lets it wait.
BOOST_AUTO_TEST_CASE(deadline_of_a_busy_program) {
  Program program = shell("while :; do echo x >&2; done");
  program.deadline = the_clock.after(milliseconds(50));
  BOOST_TEST((error_of(program) == Errc::timeout));
}

BOOST_AUTO_TEST_CASE(deadline_kills_the_group) {
  const Folder folder;
  const std::string path = folder.path() + "/pid";
  Program program = shell("sleep 1000 & echo $! >" + path + "; wait");
  program.deadline = the_clock.after(milliseconds(300));
  BOOST_TEST((error_of(program) == Errc::timeout));
  const auto pid = transcript::read_file(path);
  BOOST_REQUIRE(pid.has_value());
  BOOST_TEST(is_gone(*pid));
}

BOOST_AUTO_TEST_CASE(something_in_the_background_is_not_waited_for) {
  const SteadyTime began = the_clock.now();
  const ProgramOutcome outcome = outcome_of(shell("sleep 20 & echo $!"));
  BOOST_TEST((the_clock.now() - began < seconds(15)));
  BOOST_TEST(outcome.exit_code == 0);
  ::kill(static_cast<pid_t>(std::stoi(outcome.output)), SIGKILL);
}

BOOST_AUTO_TEST_CASE(signal_that_ends_it) {
  const ProgramOutcome outcome = outcome_of(shell("echo before; kill -SEGV $$"));
  BOOST_TEST(outcome.signal == SIGSEGV);
  BOOST_TEST(outcome.exit_code == -1);
  BOOST_TEST(outcome.output == "before\n");
}

/// What this process and its super-server ignore or block must not keep a program from ending.
BOOST_AUTO_TEST_CASE(signals_are_the_usual_ones) {
  sigset_t term, before;
  ::sigemptyset(&term);
  ::sigaddset(&term, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &term, &before);
  const auto hangup = ::signal(SIGHUP, SIG_IGN);
  const auto child = ::signal(SIGCHLD, SIG_IGN);
  const auto size = ::signal(SIGXFSZ, SIG_IGN);
  BOOST_TEST(outcome_of(shell("kill -TERM $$; exit 9")).signal == SIGTERM);
  BOOST_TEST(outcome_of(shell("kill -HUP $$; exit 9")).signal == SIGHUP);
  BOOST_TEST(outcome_of(shell("kill -PIPE $$; exit 9")).signal == SIGPIPE);
  BOOST_TEST(outcome_of(shell("kill -XFSZ $$; exit 9")).signal == SIGXFSZ);
  BOOST_TEST((::signal(SIGCHLD, child) == SIG_IGN));
  ::signal(SIGXFSZ, size);
  ::signal(SIGHUP, hangup);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_run) {
  const Folder folder;
  Program program{.path = folder.path() + "/missing", .deadline = the_clock.after(seconds(30))};
  BOOST_TEST((error_of(program) == Errc::not_found));
  program.path = "/etc/passwd/x";
  BOOST_TEST((error_of(program) == Errc::not_found));
  program.path = folder.path() + "/text";
  BOOST_REQUIRE(transcript::write_file(program.path, "#!/bin/sh\n"));
  BOOST_TEST((error_of(program) == Errc::permission));
  program.path = folder.path();
  BOOST_TEST((error_of(program) == Errc::permission));
  BOOST_TEST(!has_child());
}

BOOST_AUTO_TEST_CASE(the_path_is_absolute) {
  BOOST_TEST((error_of({.path = "sh", .deadline = the_clock.after(seconds(30))}) == Errc::config));
  BOOST_TEST((error_of({.path = "", .deadline = the_clock.after(seconds(30))}) == Errc::config));
}

BOOST_AUTO_TEST_CASE(nothing_is_cut_at_a_nul) {
  Program program = shell("exit 0");
  program.environment.emplace_back("A=b\0c", 5);
  BOOST_TEST((error_of(program) == Errc::config));
  program = shell("exit 0");
  program.arguments.emplace_back("a\0b", 3);
  BOOST_TEST((error_of(program) == Errc::config));
  program = shell("exit 0");
  program.inputs = {{.text = std::string_view("a\0b", 3)}};
  BOOST_TEST(outcome_of(program).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(descriptors_of_inputs) {
  for (const int descriptor : {-1, 10}) {
    Program program = shell("exit 0");
    program.inputs = {{.descriptor = descriptor}};
    BOOST_TEST((error_of(program) == Errc::config));
  }
  Program program = shell("exit 0");
  program.inputs = {{.text = "a"}, {.text = "b"}};
  BOOST_TEST((error_of(program) == Errc::config));
}

/// Neither the client's line nor a file that a careless plugin left open reaches a program.
BOOST_AUTO_TEST_CASE(no_other_descriptor) {
  const UniqueFd low(::open("/dev/null", O_RDONLY));
  const UniqueFd high(::fcntl(low.get(), F_DUPFD, 200));
  BOOST_REQUIRE(low);
  BOOST_REQUIRE(high);
  // The shell's own list of descriptors: 3 is what it reads the folder with.
  const ProgramOutcome outcome = outcome_of(shell("exec ls /proc/self/fd"));
  BOOST_TEST(outcome.output == "0\n1\n2\n3\n");
}

BOOST_AUTO_TEST_CASE(why_not) {
  BOOST_TEST(io::why_not_runnable("/bin/sh").empty());
  BOOST_TEST(io::why_not_runnable("sh") == "sh is no absolute path");
  BOOST_TEST(io::why_not_runnable("/nowhere/sh") == "/nowhere/sh: No such file or directory");
  BOOST_TEST(io::why_not_runnable("/bin") == "/bin is no file");
  BOOST_TEST(io::why_not_runnable("/etc/passwd") == "/etc/passwd is not executable");
}

BOOST_AUTO_TEST_SUITE_END()
