#include "tests/support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <utility>

#include "lib/base/error.hpp"

namespace smtpd::transcript {
namespace {

using Pointers = std::vector<char*>;

/// For execve, which takes them as they were in 1978.
Pointers pointers_to(std::vector<std::string>& texts) {
  Pointers pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Both ends of what is to be descriptors 0 and 1 of the server.
struct Ends {
  UniqueFd server_in, server_out, to, from;  // a socket is server_in and to alone
};

std::expected<Ends, std::string> make_ends(bool pipes) {
  int first[2], second[2];
  if (!pipes) {
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, first) != 0)
      return std::unexpected("socketpair fails");
    return Ends{UniqueFd(first[0]), UniqueFd(), UniqueFd(first[1]), UniqueFd()};
  }
  if (::pipe2(first, O_CLOEXEC) != 0) return std::unexpected("pipe fails");
  Ends ends{UniqueFd(first[0]), UniqueFd(), UniqueFd(first[1]), UniqueFd()};
  if (::pipe2(second, O_CLOEXEC) != 0) return std::unexpected("pipe fails");
  ends.server_out.reset(second[1]);
  ends.from.reset(second[0]);
  ::fcntl(ends.to.get(), F_SETFL, O_NONBLOCK);
  return ends;
}

/// In the child, where only what is safe after fork() may be called. Returns only if it fails.
void become(const Ends& ends, int error, const Pointers& arguments, const Pointers& environment) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::signal(SIGPIPE, SIG_DFL);
  const int out = ends.server_out ? ends.server_out.get() : ends.server_in.get();
  if (::dup2(ends.server_in.get(), 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(error, 2) < 0) return;
  ::execve(arguments[0], arguments.data(), environment.data());
}

}  // namespace

std::expected<ServerProcess, std::string> ServerProcess::start(const Start& start) {
  std::vector<std::string> arguments = start.arguments, environment;
  arguments.insert(arguments.begin(), start.binary);
  for (const auto& [name, value] : start.environment) environment.push_back(name + '=' + value);
  const Pointers argv = pointers_to(arguments), envp = pointers_to(environment);
  const UniqueFd error(
      ::open(start.error_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!error) return std::unexpected(system_error(start.error_file).what);
  auto ends = make_ends(start.pipes);
  if (!ends) return std::unexpected(ends.error());
  ServerProcess process;
  process.child_ = ::fork();
  if (process.child_ == 0) {
    become(*ends, error.get(), argv, envp);
    ::_exit(127);
  }
  if (process.child_ < 0) return std::unexpected(system_error("fork").what);
  process.to_ = std::move(ends->to);
  process.from_ = std::move(ends->from);
  return process;
}

ServerProcess::ServerProcess(ServerProcess&& other) noexcept
    : to_(std::move(other.to_)),
      from_(std::move(other.from_)),
      child_(std::exchange(other.child_, -1)) {}

ServerProcess::~ServerProcess() {
  if (child_ <= 0) return;
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
}

void ServerProcess::close_input() {
  if (from_)
    to_.reset();
  else
    ::shutdown(to_.get(), SHUT_WR);
}

void ServerProcess::close() {
  to_.reset();
  from_.reset();
}

std::expected<std::string, std::string> ServerProcess::read_all(
    std::chrono::milliseconds patience) const {
  std::string text;
  std::array<char, 4096> buffer{};
  while (true) {
    pollfd waiting{from_server(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(patience.count())) == 0)
      return std::unexpected("the server does not end");
    const ssize_t got = ::read(from_server(), buffer.data(), buffer.size());
    if (got <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::expected<int, std::string> ServerProcess::wait(std::chrono::milliseconds patience) {
  // glibc 2.36 declares pidfd_open for C only.
  const UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, child_, 0)));
  pollfd entry{handle.get(), POLLIN, 0};
  if (handle && ::poll(&entry, 1, static_cast<int>(patience.count())) != 1) {
    return std::unexpected("the server does not end");
  }
  int status = 0;
  ::waitpid(std::exchange(child_, -1), &status, 0);
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return std::unexpected(std::string("the server was killed by SIG") +
                         ::sigabbrev_np(WTERMSIG(status)));
}

}  // namespace smtpd::transcript
