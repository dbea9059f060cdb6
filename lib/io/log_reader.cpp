#include "lib/io/log_reader.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "lib/io/poll.hpp"
#include "lib/io/spawn_lists.hpp"

namespace smtpd::io {

std::expected<LogReader, Error> start_log_reader(const std::string& path,
                                                 const std::vector<std::string>& arguments) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected(system_error("pipe"));
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  ::fcntl(write_end.get(), F_SETFL, O_NONBLOCK);
  FileActions actions;
  ::posix_spawn_file_actions_adddup2(&actions.list, read_end.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions.list, STDERR_FILENO, STDOUT_FILENO);
  ::posix_spawn_file_actions_addclosefrom_np(&actions.list, STDERR_FILENO + 1);
  // The signals that this process holds back or ignores are not.
  Attributes attributes;
  sigset_t none, usual;
  ::sigemptyset(&none);
  ::sigfillset(&usual);
  ::posix_spawnattr_setsigmask(&attributes.list, &none);
  ::posix_spawnattr_setsigdefault(&attributes.list, &usual);
  ::posix_spawnattr_setflags(&attributes.list, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  // Nothing of the client's: a super-server puts its name into the environment.
  const PointerList environment(
      {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"});
  LogReader reader;
  errno = ::posix_spawn(&reader.pid, path.c_str(), &actions.list, &attributes.list,
                        PointerList(path, arguments).get(), environment.get());
  if (errno != 0) return std::unexpected(system_error("run " + path));
  reader.input = std::move(write_end);
  return reader;
}

void leave_log_reader(pid_t pid) noexcept {
  constexpr milliseconds patience{1000};
  // Not pidfd_open(): the header of glibc 2.36 declares it for C only.
  const UniqueFd ended(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd entry{ended.get(), POLLIN, 0};
  if (ended && poll_for(&entry, patience) > 0) ::waitpid(pid, nullptr, WNOHANG);
}

}  // namespace smtpd::io
