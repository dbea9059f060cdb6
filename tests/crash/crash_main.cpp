/// `crash`: what is left of the mail when the server is killed, or its system calls fail.
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "lib/base/text.hpp"
#include "tests/crash/failures.hpp"
#include "tests/crash/full_disk.hpp"
#include "tests/crash/kill.hpp"

namespace {

using namespace smtpd::crash;

constexpr const char* usage =
    "usage: crash [--kills] [--mutant] [--only TEXT] [--jobs N] SERVER\n"
    "  --kills      no failing calls and no full disks\n"
    "  --mutant     the server is wrong on purpose: says what caught it first, in one line\n"
    "  --only TEXT  only sessions whose name contains TEXT\n"
    "  --jobs N     so many servers at once (default: 2)\n";

struct Arguments {
  bool kills = false, mutant = false;
  std::string only = {};
  unsigned jobs = 2;
  Tools tools{"", "/usr/bin/strace"};
};

bool read_arguments(std::vector<std::string> words, Arguments& arguments) {
  for (auto word = words.begin(); word != words.end(); ++word) {
    const bool last = word + 1 == words.end();
    if (*word == "--kills") {
      arguments.kills = true;
    } else if (*word == "--mutant") {
      arguments.mutant = true;
    } else if (*word == "--only" && !last) {
      arguments.only = *++word;
    } else if (*word == "--jobs" && !last) {
      arguments.jobs = static_cast<unsigned>(smtpd::to_number(*++word).value_or(0));
    } else if (!word->starts_with('-') && last) {
      arguments.tools.server = *word;
    } else {
      return false;
    }
  }
  return !arguments.tools.server.empty() && arguments.jobs > 0;
}

void run(const Arguments& arguments, Report& report) {
  const Setup setup{arguments.tools, arguments.jobs, report};
  for (const Scenario& scenario : scenarios()) {
    if (scenario.name.find(arguments.only) == std::string::npos) continue;
    const std::vector<Call> trace = check_order(setup, scenario);
    check_kills(setup, scenario, trace);
    if (!arguments.kills) check_failures(setup, scenario, trace);
    if (report.enough()) return;
  }
  if (!arguments.kills && arguments.only.empty()) check_full_disk(setup);
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!read_arguments({argv + 1, argv + argc}, arguments)) {
    std::fputs(usage, stderr);
    return 2;
  }
  ::signal(SIGPIPE, SIG_IGN);
  ::umask(022);
  Report report(arguments.mutant ? Report::Until::first_failure : Report::Until::end);
  run(arguments, report);
  return report.summary();
}
