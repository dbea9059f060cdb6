/// smtpd: receives mail for one SMTP connection on descriptors 0 and 1.
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "lib/session/options.hpp"
#include "lib/session/peer.hpp"
#include "lib/session/server.hpp"

namespace {

/// The directory that holds this binary; empty if the system does not tell (no /proc in a chroot).
std::string program_directory() {
  char path[1024];  // a longer one is cut, and nothing is found there
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  if (length <= 0) return {};
  const std::string whole(path, static_cast<std::size_t>(length));
  return whole.substr(0, whole.rfind('/'));
}

void print(int fd, const std::string& text) {
  // Whoever asked for a text and closed the pipe does not want it.
  [[maybe_unused]] const ssize_t written = ::write(fd, text.data(), text.size());
}

}  // namespace

int main(int argc, char** argv) {
  const smtpd::CommandLineResult command_line =
      smtpd::parse_command_line(argc, argv, program_directory);
  if (command_line.exit_code) {
    print(*command_line.exit_code == 0 ? STDOUT_FILENO : STDERR_FILENO, command_line.output);
    return *command_line.exit_code;
  }
  smtpd::io::catch_stop_signal();
  const smtpd::SystemClock clock;
  smtpd::io::FdStream stream(STDIN_FILENO, STDOUT_FILENO, clock);
  smtpd::StderrSink log;
  return smtpd::serve(command_line.options, {.stream = stream,
                                             .clock = clock,
                                             .log = log,
                                             .environment = smtpd::Environment(),
                                             .socket = smtpd::socket_addresses(STDIN_FILENO),
                                             .program_directory = program_directory});
}
