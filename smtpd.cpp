/// smtpd: receives mail for one SMTP connection on descriptors 0 and 1.
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/base/file.hpp"
#include "lib/server/options.hpp"
#include "lib/server/peer.hpp"
#include "lib/server/server.hpp"

namespace {

/// Whoever asked for a text and closed the pipe does not want it.
void print(int fd, std::string_view text) {
  [[maybe_unused]] const auto written = smtpd::write_all(fd, text);
}

int answer_administrator(const smtpd::CommandLineResult& asked, smtpd::Services& services) {
  const smtpd::Printout printout = smtpd::administer(asked, services);
  print(STDERR_FILENO, printout.complaints);
  print(STDOUT_FILENO, printout.output);
  return printout.exit_code;
}

/// For somebody who starts it by hand.
constexpr std::string_view hint =
    "smtpd serves one SMTP client on its standard input; a super-server such as tcpserver starts "
    "it.\n"
    "This terminal is the client now: type EHLO me, or QUIT to leave. `make run` or "
    "doc/install.md\n"
    "puts it on a port, --help lists the options, --check judges the configuration.\n";

}  // namespace

int main(int argc, char** argv) {
  const smtpd::CommandLineResult command_line = smtpd::parse_command_line(argc, argv);
  if (command_line.exit_code) {
    print(*command_line.exit_code == 0 ? STDOUT_FILENO : STDERR_FILENO, command_line.output);
    return *command_line.exit_code;
  }
  smtpd::SystemServices machine;
  smtpd::Services& services = machine.services();
  if (command_line.action != smtpd::Action::serve)
    return answer_administrator(command_line, services);
  smtpd::io::FdStream stream(STDIN_FILENO, STDOUT_FILENO, services.clock);
  const smtpd::Caller caller{.stream = stream, .socket = smtpd::socket_addresses(STDIN_FILENO)};
  if (!caller.socket && ::isatty(STDIN_FILENO) == 1) print(STDERR_FILENO, hint);
  smtpd::io::catch_signals();
  return smtpd::serve(command_line.options, caller, services);
}
