#include "lib/io/log_file.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "lib/base/text.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/scripted_stream.hpp"

using smtpd::io::LogFile;
using smtpd::transcript::Folder;
using smtpd::transcript::ManualClock;
using smtpd::transcript::read_file;
using smtpd::transcript::write_file;

namespace {

struct Fixture {
  Fixture() { ::signal(SIGPIPE, SIG_IGN); }
  std::string path(std::string_view name) const { return folder.path() + '/' + std::string(name); }
  std::string text(std::string_view name) const { return read_file(path(name)).value_or("none"); }

  Folder folder;
  ManualClock clock;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(log_file, Fixture)

BOOST_AUTO_TEST_CASE(nothing_is_opened_before_the_first_line) {
  {
    const LogFile file({.name = path("log")}, clock);
  }
  BOOST_TEST(text("log") == "none");
}

BOOST_AUTO_TEST_CASE(lines_are_appended) {
  BOOST_REQUIRE(write_file(path("log"), "before\n").has_value());
  {
    LogFile file({.name = path("log")}, clock);
    BOOST_TEST(file.append("one", "id").has_value());
    BOOST_TEST(file.append("", "id").has_value());
    BOOST_TEST(file.append("two", "id").has_value());
  }
  BOOST_TEST(text("log") == "before\none\n\ntwo\n");
}

BOOST_AUTO_TEST_CASE(others_cannot_read_a_new_file) {
  const mode_t before = ::umask(0);
  LogFile file({.name = path("log")}, clock);
  BOOST_TEST(file.append("one", "id").has_value());
  ::umask(before);
  struct stat info{};
  BOOST_REQUIRE(::stat(path("log").c_str(), &info) == 0);
  BOOST_TEST((info.st_mode & 0777) == 0640u);
}

BOOST_AUTO_TEST_CASE(names) {
  const struct {
    std::string name, file;
  } cases[] = {
      {"log.%Y", "log.2026"}, {"log.%i", "log.id"}, {"log.%%i", "log.%i"},
      {"log.%%", "log.%"},    {"%i%i", "idid"},     {"log%", "log%"},
  };
  for (const auto& c : cases) {
    LogFile file({.name = path(c.name)}, clock);
    BOOST_TEST(file.append("line", "id").has_value());
    BOOST_TEST(text(c.file) == "line\n", c.name);
    ::unlink(path(c.file).c_str());
  }
}

BOOST_AUTO_TEST_CASE(a_name_that_is_no_name_any_more) {
  LogFile file({.name = path("%M")}, clock);
  BOOST_TEST(file.append("one", "id").has_value());
  clock.move(std::chrono::seconds(60));
  BOOST_TEST(file.append("two", "id").has_value());
  BOOST_TEST(text("04") == "one\n");
  BOOST_TEST(text("05") == "two\n");
}

BOOST_AUTO_TEST_CASE(a_name_that_is_kept) {
  LogFile file({.name = path("%M"), .keeps_name = true}, clock);
  BOOST_TEST(file.append("one", "id").has_value());
  clock.move(std::chrono::seconds(60));
  BOOST_TEST(file.append("two", "id").has_value());
  BOOST_TEST(text("04") == "one\ntwo\n");
  BOOST_TEST(text("05") == "none");
}

// Once a second it is looked for under another name; the same one is not tried again.
BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened) {
  LogFile file({.name = path("dir%M/log")}, clock);
  const auto failed = file.append("one", "id");
  BOOST_REQUIRE(!failed);
  BOOST_TEST(failed.error().what == "open " + path("dir04/log") + ": No such file or directory");
  BOOST_REQUIRE(::mkdir(path("dir04").c_str(), 0700) == 0);
  BOOST_REQUIRE(::mkdir(path("dir05").c_str(), 0700) == 0);
  BOOST_TEST(!file.append("two", "id").has_value());
  clock.move(std::chrono::seconds(60));
  BOOST_TEST(file.append("three", "id").has_value());
  BOOST_TEST(text("dir05/log") == "three\n");
}

BOOST_AUTO_TEST_CASE(a_named_pipe_that_nobody_reads) {
  BOOST_REQUIRE(::mkfifo(path("pipe").c_str(), 0600) == 0);
  LogFile file({.name = path("pipe")}, clock);
  BOOST_TEST(!file.append("one", "id").has_value());
}

BOOST_AUTO_TEST_CASE(a_named_pipe_that_is_full) {
  BOOST_REQUIRE(::mkfifo(path("pipe").c_str(), 0600) == 0);
  const smtpd::UniqueFd reader(::open(path("pipe").c_str(), O_RDONLY | O_NONBLOCK));
  LogFile file({.name = path("pipe")}, clock);
  const std::string line(4000, 'x');
  std::size_t taken = 0;
  while (taken < 1000 && file.append(line, "id")) ++taken;
  BOOST_TEST(taken > 0u);
  BOOST_TEST(taken < 1000u);
}

// A line that was cut off is ended before the next one. The limit on the size of files stands for a
// full disk.
BOOST_AUTO_TEST_CASE(a_line_that_finds_half_the_room) {
  const pid_t child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{10, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    LogFile file({.name = path("log")}, clock);
    const bool first = file.append("seven..", "id").has_value();
    const bool second = file.append("eight...", "id").has_value();
    limit.rlim_cur = 4096;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const bool third = file.append("nine", "id").has_value();
    ::_exit(first && !second && third ? 0 : 1);
  }
  int status = -1;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST(status == 0);
  BOOST_TEST(text("log") == "seven..\nei\nnine\n");
}

BOOST_AUTO_TEST_CASE(lines_of_many_processes) {
  constexpr int writers = 8, lines = 200;
  std::vector<pid_t> children;
  for (int writer = 0; writer < writers; ++writer) {
    const pid_t child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
      LogFile file({.name = path("log")}, clock);
      const std::string line(100 + static_cast<std::size_t>(writer),
                             static_cast<char>('a' + writer));
      for (int i = 0; i < lines; ++i) {
        if (!file.append(line, "id")) ::_exit(1);
      }
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    BOOST_TEST(::waitpid(child, &status, 0) == child);
    BOOST_TEST(status == 0);
  }
  const std::string whole = text("log");
  std::vector<int> count(writers, 0);
  for (const std::string_view line : smtpd::split(whole, '\n')) {
    if (line.empty()) continue;
    const int writer = line[0] - 'a';
    BOOST_REQUIRE((writer >= 0 && writer < writers));
    BOOST_REQUIRE(line == std::string(100 + static_cast<std::size_t>(writer), line[0]));
    ++count[static_cast<std::size_t>(writer)];
  }
  for (const int each : count) BOOST_TEST(each == lines);
}

BOOST_AUTO_TEST_CASE(a_program) {
  {
    LogFile file({.name = "/bin/dd",
                  .arguments = {"status=none", "of=" + path("$(out) *")},
                  .is_program = true},
                 clock);
    BOOST_TEST(file.append("one", "id").has_value());
    BOOST_TEST(file.append("two", "id").has_value());
  }  // it has read everything by now
  BOOST_TEST(text("$(out) *") == "one\ntwo\n");
}

BOOST_AUTO_TEST_CASE(what_a_program_is_given) {
  ::setenv("TCPREMOTEINFO", "from the client", 1);
  const smtpd::UniqueFd inherited(::open(path("open").c_str(), O_RDWR | O_CREAT, 0600));
  {
    LogFile file({.name = "/bin/sh",
                  .arguments = {"-c", "{ env; ls -l /proc/$$/fd; cat; } > " + path("out")},
                  .is_program = true},
                 clock);
    BOOST_TEST(file.append("one", "id").has_value());
  }
  ::unsetenv("TCPREMOTEINFO");
  const std::string out = text("out");
  BOOST_TEST(out.find("PATH=") != out.npos);
  BOOST_TEST(out.find("TCPREMOTEINFO") == out.npos);
  BOOST_TEST(out.find(" 0 -> pipe:") != out.npos);
  BOOST_TEST(out.find(path("open")) == out.npos);
  for (const std::string number : {"3", "4", "5", "6", "7"})
    BOOST_TEST(out.find(' ' + number + " -> pipe") == out.npos);
}

BOOST_AUTO_TEST_CASE(what_can_be_written_is_known_before) {
  BOOST_REQUIRE(write_file(path("log"), "before\n").has_value());
  BOOST_REQUIRE(::mkdir(path("dir").c_str(), 0700) == 0);
  const struct {
    std::string name, why;
  } cases[] = {
      {path("log"), ""},
      {path("new%Y"), ""},
      {"new", ""},
      {path("dir"), path("dir") + " is a directory"},
      {path("none/log"), path("none") + ": No such file or directory"},
      {path("log/log"), path("log") + ": Not a directory"},
  };
  for (const auto& c : cases)
    BOOST_TEST(LogFile({.name = c.name}, clock).why_not_writable() == c.why, c.name);
  BOOST_TEST(text("new2026") == "none");
  BOOST_TEST(LogFile({.name = "/bin/sh", .is_program = true}, clock).why_not_writable() == "");
  BOOST_TEST(LogFile({.name = path("log"), .is_program = true}, clock).why_not_writable() != "");
}

BOOST_AUTO_TEST_CASE(a_program_that_is_not_there) {
  LogFile file({.name = path("none"), .is_program = true}, clock);
  const auto failed = file.append("one", "id");
  BOOST_REQUIRE(!failed);
  BOOST_TEST(failed.error().what == "run " + path("none") + ": No such file or directory");
  BOOST_TEST(!file.append("two", "id").has_value());
}

// It waits for something else, up to the end of the test.
BOOST_AUTO_TEST_CASE(a_program_that_does_not_read) {
  BOOST_REQUIRE(::mkfifo(path("gate").c_str(), 0600) == 0);
  smtpd::UniqueFd gate(::open(path("gate").c_str(), O_RDWR | O_CLOEXEC));
  LogFile file(
      {.name = "/bin/sh", .arguments = {"-c", "read x <" + path("gate")}, .is_program = true},
      clock);
  const std::string line(4000, 'x');
  std::size_t taken = 0;
  while (taken < 1000 && file.append(line, "id")) ++taken;
  BOOST_TEST(taken < 1000u);
  BOOST_TEST(!file.append(line, "id").has_value());
  gate.reset();
}

BOOST_AUTO_TEST_SUITE_END()
