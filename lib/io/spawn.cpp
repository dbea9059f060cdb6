#include "lib/io/spawn.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <utility>

#include "lib/base/directory.hpp"
#include "lib/base/unique_fd.hpp"
#include "lib/io/poll.hpp"
#include "lib/io/spawn_lists.hpp"

namespace smtpd::io {
namespace {

using Done = std::expected<void, Error>;

constexpr std::size_t most_errors = 4096;
constexpr int descriptors = 10;  // that a program may be given
constexpr std::size_t piece = 16384;

/// SIGPIPE must not end this process when the program does not read, and how the program ended must
/// not be thrown away, as it is where a super-server ignores SIGCHLD.
class SignalsForChildren {
 public:
  SignalsForChildren() {
    struct sigaction wanted{};
    wanted.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &wanted, &pipe_);
    wanted.sa_handler = SIG_DFL;
    ::sigaction(SIGCHLD, &wanted, &child_);
  }
  SignalsForChildren(const SignalsForChildren&) = delete;
  SignalsForChildren& operator=(const SignalsForChildren&) = delete;
  ~SignalsForChildren() {
    ::sigaction(SIGPIPE, &pipe_, nullptr);
    ::sigaction(SIGCHLD, &child_, nullptr);
  }

 private:
  struct sigaction pipe_{}, child_{};
};

/// A copy that is none of the descriptors which the program gets: those are overwritten in it.
std::expected<UniqueFd, Error> above(int fd) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, descriptors));
  if (!copy) return std::unexpected(system_error("fcntl"));
  return copy;
}

struct Pipe {
  UniqueFd read, write;
};

std::expected<Pipe, Error> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected(system_error("pipe"));
  Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
  for (UniqueFd* const end : {&pipe.read, &pipe.write}) {
    if (end->get() >= descriptors) continue;
    auto moved = above(end->get());
    if (!moved) return std::unexpected(moved.error());
    *end = std::move(*moved);
  }
  return pipe;
}

int milliseconds_until(Deadline deadline, SteadyTime now) {
  if (deadline.is_never()) return -1;
  const auto left = std::chrono::ceil<milliseconds>(deadline.when() - now).count();
  return static_cast<int>(std::clamp<milliseconds::rep>(left, 0, INT_MAX));
}

/// One text on its way into the program.
struct Feed {
  UniqueFd to;
  std::string_view left;
};

/// A program that runs, and this side of its descriptors. It is killed when its owner goes.
class Child {
 public:
  explicit Child(const Program& program) : program_(program) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { kill(); }

  Done start();
  std::expected<ProgramOutcome, Error> wait(const Clock& clock);

 private:
  Done give(int descriptor, UniqueFd end, FileActions& actions);
  Done give_inputs(FileActions& actions);
  Done give_outputs(FileActions& actions);
  bool reads(int descriptor) const {
    return std::ranges::find(program_.inputs, descriptor, &ProgramInput::descriptor) !=
           program_.inputs.end();
  }
  Done launch(const FileActions& actions);
  /// True when the program has ended.
  std::expected<bool, Error> wait_for_something(const Clock& clock);
  void feed(Feed& input);
  Done take_output();
  void kill();

  const Program& program_;
  std::vector<UniqueFd> given_;  // the program's ends, until it has them
  std::vector<Feed> feeds_;
  UniqueFd output_, errors_, ended_;
  pid_t pid_ = 0;
  ProgramOutcome outcome_;
};

Done Child::start() {
  FileActions actions;
  if (auto done = give_inputs(actions); !done) return done;
  if (auto done = give_outputs(actions); !done) return done;
  for (int fd = 0; fd < descriptors; ++fd) {
    if (fd > STDERR_FILENO && !reads(fd)) ::posix_spawn_file_actions_addclose(&actions.list, fd);
  }
  ::posix_spawn_file_actions_addclosefrom_np(&actions.list, descriptors);
  if (auto done = launch(actions); !done) return done;
  given_.clear();
  // By its number: the header of glibc 2.36 declares the function for C alone.
  ended_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!ended_) return std::unexpected(system_error("pidfd_open"));
  return {};
}

Done Child::give(int descriptor, UniqueFd end, FileActions& actions) {
  if (::posix_spawn_file_actions_adddup2(&actions.list, end.get(), descriptor) != 0)
    return std::unexpected(Error{Errc::io, "no memory for a program's descriptors"});
  given_.push_back(std::move(end));
  return {};
}

Done Child::give_inputs(FileActions& actions) {
  std::vector<ProgramInput> inputs = program_.inputs;
  if (!reads(STDIN_FILENO)) inputs.push_back({});
  for (const ProgramInput& input : inputs) {
    if (input.file >= 0) {
      auto file = above(input.file);
      if (!file) return std::unexpected(file.error());
      if (auto done = give(input.descriptor, std::move(*file), actions); !done) return done;
      continue;
    }
    auto pipe = make_pipe();
    if (!pipe) return std::unexpected(pipe.error());
    if (auto done = give(input.descriptor, std::move(pipe->read), actions); !done) return done;
    if (input.text.empty()) continue;  // the program finds the end at once
    ::fcntl(pipe->write.get(), F_SETFL, O_NONBLOCK);
    feeds_.push_back({std::move(pipe->write), input.text});
  }
  return {};
}

Done Child::give_outputs(FileActions& actions) {
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
    if (reads(descriptor)) continue;
    auto pipe = make_pipe();
    if (!pipe) return std::unexpected(pipe.error());
    if (auto done = give(descriptor, std::move(pipe->write), actions); !done) return done;
    ::fcntl(pipe->read.get(), F_SETFL, O_NONBLOCK);
    (descriptor == STDOUT_FILENO ? output_ : errors_) = std::move(pipe->read);
  }
  return {};
}

Done Child::launch(const FileActions& actions) {
  Attributes attributes;
  sigset_t signals;
  ::sigemptyset(&signals);
  ::posix_spawnattr_setsigmask(&attributes.list, &signals);
  ::sigfillset(&signals);
  ::posix_spawnattr_setsigdefault(&attributes.list, &signals);
  ::posix_spawnattr_setpgroup(&attributes.list, 0);
  ::posix_spawnattr_setflags(
      &attributes.list, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  errno = ::posix_spawn(&pid_, program_.path.c_str(), &actions.list, &attributes.list,
                        PointerList(program_.path, program_.arguments).get(),
                        PointerList(program_.environment).get());
  if (errno == 0) return {};
  pid_ = 0;
  const Errc code = errno == ENOENT || errno == ENOTDIR ? Errc::not_found
                    : errno == EACCES                   ? Errc::permission
                                                        : Errc::io;
  Error error = system_error("cannot run " + program_.path);
  error.code = code;
  return std::unexpected(std::move(error));
}

std::expected<ProgramOutcome, Error> Child::wait(const Clock& clock) {
  for (bool ended = false; !ended;) {
    const auto something = wait_for_something(clock);
    if (!something) return std::unexpected(something.error());
    ended = *something;
    for (Feed& input : feeds_) feed(input);
    // What the program wrote before its end is there when the end is seen.
    if (auto done = take_output(); !done) return std::unexpected(done.error());
  }
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_) return std::unexpected(system_error("waitpid"));
  pid_ = 0;
  if (WIFEXITED(status)) outcome_.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) outcome_.signal = WTERMSIG(status);
  return std::move(outcome_);
}

std::expected<bool, Error> Child::wait_for_something(const Clock& clock) {
  std::vector<pollfd> entries{
      {ended_.get(), POLLIN, 0}, {output_.get(), POLLIN, 0}, {errors_.get(), POLLIN, 0}};
  for (const Feed& input : feeds_) entries.push_back({input.to.get(), POLLOUT, 0});
  const SteadyTime now = clock.now();
  const int ready =
      program_.deadline.passed(now)
          ? 0
          : ::poll(entries.data(), entries.size(), milliseconds_until(program_.deadline, now));
  if (ready == 0) return std::unexpected(Error{Errc::timeout, program_.path + " takes too long"});
  if (ready < 0 && errno != EINTR) return std::unexpected(system_error("poll"));
  return ready > 0 && entries[0].revents != 0;
}

void Child::feed(Feed& input) {
  if (!input.to) return;
  const ssize_t written = ::write(input.to.get(), input.left.data(), input.left.size());
  if (written >= 0) input.left.remove_prefix(static_cast<std::size_t>(written));
  // A program need not read all, or anything.
  const bool closed = written < 0 && errno != EAGAIN && errno != EINTR;
  if (closed || input.left.empty()) input.to.reset();
}

Done Child::take_output() {
  std::array<char, piece> buffer;
  // Several pieces at a time, yet not without end: something in the background may go on writing.
  constexpr int pieces = 16;
  for (UniqueFd* const from : {&output_, &errors_}) {
    for (int i = 0; *from && i < pieces; ++i) {
      const ssize_t got = ::read(from->get(), buffer.data(), buffer.size());
      if (got < 0) break;
      if (got == 0) from->reset();
      const std::string_view text(buffer.data(), static_cast<std::size_t>(got));
      if (from == &errors_) {
        outcome_.errors += text.substr(0, most_errors - outcome_.errors.size());
        continue;
      }
      outcome_.output += text;
      if (outcome_.output.size() > program_.most_output)
        return std::unexpected(Error{Errc::limit, program_.path + " writes too much"});
    }
  }
  return {};
}

// A killed process ends at once, unless the kernel holds it (a file server that is gone). Then it
// is left to init rather than waited for.
void Child::kill() {
  constexpr milliseconds patience{1000};
  if (pid_ == 0) return;
  ::kill(-pid_, SIGKILL);
  pollfd entry{ended_.get(), POLLIN, 0};
  poll_for(&entry, ended_ ? patience : milliseconds(0));
  ::waitpid(pid_, nullptr, ended_ ? WNOHANG : 0);
  pid_ = 0;
}

/// What is wrong with what the caller gives, if anything is.
std::string complaint(const Program& program) {
  const auto has_nul = [](const std::string& text) { return text.find('\0') != text.npos; };
  if (!program.path.starts_with('/')) return program.path + " is no absolute path";
  if (has_nul(program.path) || std::ranges::any_of(program.arguments, has_nul) ||
      std::ranges::any_of(program.environment, has_nul))
    return program.path + ": a NUL in an argument or in the environment";
  std::array<bool, descriptors> seen{};
  for (const ProgramInput& input : program.inputs) {
    if (input.descriptor < 0 || input.descriptor >= descriptors ||
        std::exchange(seen[static_cast<std::size_t>(input.descriptor)], true))
      return program.path + ": a descriptor is given twice or is none";
  }
  return {};
}

}  // namespace

std::expected<ProgramOutcome, Error> run(const Program& program, const Clock& clock) {
  if (std::string wrong = complaint(program); !wrong.empty())
    return std::unexpected(Error{Errc::config, std::move(wrong)});
  const SignalsForChildren signals;
  Child child(program);
  if (auto done = child.start(); !done) return std::unexpected(done.error());
  return child.wait(clock);
}

std::string why_not_runnable(const std::string& path) {
  if (!path.starts_with('/')) return path + " is no absolute path";
  const auto info = status_of(path);
  if (!info) return system_error(path).what;
  if (!S_ISREG(info->st_mode)) return path + " is no file";
  if (::access(path.c_str(), X_OK) != 0) return path + " is not executable";
  return {};
}

}  // namespace smtpd::io
