#include "lib/io/stream.hpp"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <utility>
#include <vector>

#include "lib/io/poll.hpp"

namespace smtpd::io {
namespace {

/// From here on a read may wait in the socket itself, if it has so long; a socket's timeout is kept
/// to a second only.
constexpr seconds far{10};
constexpr seconds tolerance{1};

volatile std::sig_atomic_t stop_seen = 0;       // the signal
volatile std::sig_atomic_t interruptible = -1;  // the socket in which a read waits that ends then

// The signal may come between the last look at stop_seen and the read, which would then wait for
// the client: with this timeout it does not.
void on_stop(int signal) {
  const int error = errno;
  stop_seen = signal;
  constexpr timeval at_once{0, 1000};
  if (interruptible >= 0)
    ::setsockopt(interruptible, SOL_SOCKET, SO_RCVTIMEO, &at_once, sizeof at_once);
  errno = error;
}

sigset_t stop_signals() {
  sigset_t signals{};  // empty: on Linux a set of signals is its bits
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGXCPU);
  return signals;
}

Error stopped() {
  return {Errc::stopped, stop_seen == SIGXCPU ? "the limit of CPU time" : "asked to stop"};
}

/// Holds these signals back while it lives, for ppoll(2) to let it in.
class StopHeldBack {
 public:
  StopHeldBack() { ::sigprocmask(SIG_BLOCK, &signals_, nullptr); }
  StopHeldBack(const StopHeldBack&) = delete;
  StopHeldBack& operator=(const StopHeldBack&) = delete;
  ~StopHeldBack() { ::sigprocmask(SIG_UNBLOCK, &signals_, nullptr); }

 private:
  const sigset_t signals_ = stop_signals();
};

/// read(2) that the signal to stop ends; -1 if it has come.
ssize_t read_unless_stopped(int fd, std::span<char> buffer) {
  interruptible = fd;
  const ssize_t got = stop_seen ? -1 : ::read(fd, buffer.data(), buffer.size());
  interruptible = -1;
  return got;
}

enum class Ready { yes, timeout, stopped, failed };

Ready wait(int fd, short events, Deadline deadline, const Clock& clock,
           const sigset_t* mask = nullptr) {
  while (true) {
    if (mask && stop_seen) return Ready::stopped;
    pollfd entry{fd, events, 0};
    timespec left{};
    if (!deadline.is_never()) left = remaining(deadline, clock.now());
    const int ready = ::ppoll(&entry, 1, deadline.is_never() ? nullptr : &left, mask);
    if (ready > 0) return Ready::yes;
    if (ready == 0) return Ready::timeout;
    if (errno != EINTR) return Ready::failed;
  }
}

/// Waits for input; as long as something is pending `meanwhile`, for that too.
Ready wait_for_input_beside(Meanwhile* meanwhile, int fd, Deadline deadline, const Clock& clock,
                            const sigset_t* mask = nullptr) {
  while (meanwhile) {
    const std::span<pollfd> pending = meanwhile->descriptors();
    if (pending.empty()) break;
    if (mask && stop_seen) return Ready::stopped;
    std::vector<pollfd> entries(pending.begin(), pending.end());
    entries.push_back({fd, POLLIN, 0});
    const Deadline due = meanwhile->due(), first = earlier(deadline, due);
    timespec left{};
    if (!first.is_never()) left = remaining(first, clock.now());
    const int ready =
        ::ppoll(entries.data(), entries.size(), first.is_never() ? nullptr : &left, mask);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return Ready::failed;
    const bool has_input = entries.back().revents != 0;
    if (ready > (has_input ? 1 : 0) || due.passed(clock.now())) {
      std::copy_n(entries.begin(), pending.size(), pending.begin());
      meanwhile->go_on();
    }
    if (has_input) return Ready::yes;
    if (deadline.passed(clock.now())) return Ready::timeout;
  }
  return wait(fd, POLLIN, deadline, clock, mask);
}

Ready wait_unless_stopped(Meanwhile* meanwhile, int fd, Deadline deadline, const Clock& clock) {
  const StopHeldBack held_back;
  const sigset_t let_in{};
  return wait_for_input_beside(meanwhile, fd, deadline, clock, &let_in);
}

}  // namespace

// Not held back all the time but where it matters, which saves two system calls for each command:
// SA_RESTART resumes what waits for a file, a lock or a child, and whoever waits by poll(2) does so
// again.
void catch_signals() {
  struct sigaction action{};
  action.sa_handler = on_stop;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGXCPU, &action, nullptr);
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
  ::sigaction(SIGXFSZ, &action, nullptr);
  const sigset_t signals = stop_signals();
  ::sigprocmask(SIG_UNBLOCK, &signals, nullptr);
}

FdStream::FdStream(int in, int out, const Clock& clock) : in_(in), out_(out), clock_(clock) {}

std::expected<std::size_t, Error> FdStream::read(std::span<char> buffer, Deadline deadline,
                                                 Interrupt interrupt) {
  for (SteadyTime now = clock_.now();; now = clock_.now()) {
    const bool in_respite = interrupt == Interrupt::late && stop_seen != 0;
    const Deadline end = in_respite ? earlier(deadline, respite_end(now)) : deadline;
    const auto over = [&] {
      return in_respite && !deadline.passed(end.when()) ? stopped()
                                                        : Error{Errc::timeout, "timeout"};
    };
    // A client that never stops sending never makes anybody wait, and must not outlast the
    // session's time for that.
    if (end.passed(now)) return std::unexpected(over());
    const bool stoppable = interrupt != Interrupt::no && !in_respite;
    const bool in_socket = !in_respite && !is_anything_pending() && waits_in_socket(end, now);
    const Ready ready = in_socket   ? Ready::yes
                        : stoppable ? wait_unless_stopped(meanwhile_, in_, end, clock_)
                                    : wait_for_input_beside(meanwhile_, in_, end, clock_);
    if (ready == Ready::timeout) return std::unexpected(over());
    if (ready == Ready::failed) return std::unexpected(system_error("poll"));
    const ssize_t got = ready == Ready::stopped  ? -1
                        : in_socket && stoppable ? read_unless_stopped(in_, buffer)
                                                 : ::read(in_, buffer.data(), buffer.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (stoppable && stop_seen != 0) {
      if (interrupt == Interrupt::yes) return std::unexpected(stopped());
      continue;
    }
    // Its time is over, or somebody has made it so that it does not wait.
    if (errno == EAGAIN && in_socket) blocks_ = false;
    if (errno == EINTR || errno == EAGAIN) continue;
    if (errno == ECONNRESET)
      return std::unexpected(Error{Errc::closed, "connection reset by the client"});
    if (errno == ETIMEDOUT || errno == EHOSTUNREACH || errno == ENETUNREACH)
      return std::unexpected(Error{Errc::closed, system_error("connection lost").what});
    return std::unexpected(system_error("read"));
  }
}

Deadline FdStream::respite_end(SteadyTime now) {
  if (!respite_end_) respite_end_ = now + stop_respite;
  return Deadline::at(*respite_end_);
}

// True if read(2) itself ends at the deadline: one system call in place of poll(2) and read(2).
bool FdStream::waits_in_socket(Deadline deadline, SteadyTime now) {
  if (!blocks_ || deadline.is_never()) return false;
  const auto left = deadline.when() - now;
  if (left < far) return false;
  if (left <= timeout_ && timeout_ <= left + tolerance) return true;
  timeout_ = std::chrono::ceil<seconds>(left);
  const timeval timeout{timeout_.count(), 0};
  blocks_ = ::setsockopt(in_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) == 0;
  return blocks_;
}

std::expected<void, Error> FdStream::write(std::string_view octets, Deadline deadline) {
  while (!octets.empty()) {
    // A reply nearly always fits into the socket's buffer, so writing comes before waiting;
    // MSG_DONTWAIT keeps a client that does not read from holding the process beyond the deadline.
    ssize_t sent = ::send(out_, octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == ENOTSOCK) sent = write_to_pipe(octets, deadline);
    if (sent >= 0) {
      octets.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EPIPE || errno == ECONNRESET)
      return std::unexpected(Error{Errc::closed, "connection closed by the client"});
    if (errno != EAGAIN) return std::unexpected(system_error("write"));
    const Ready ready = wait(out_, POLLOUT, deadline, clock_);
    if (ready == Ready::timeout) return std::unexpected(Error{Errc::timeout, "timeout"});
    if (ready == Ready::failed) return std::unexpected(system_error("poll"));
  }
  return {};
}

// A pipe has no MSG_DONTWAIT: it is written to only when it has room, and no more than is sure to
// fit then.
ssize_t FdStream::write_to_pipe(std::string_view octets, Deadline deadline) {
  pollfd entry{out_, POLLOUT, 0};
  if (poll_for(&entry, milliseconds(0)) == 0 &&
      wait(out_, POLLOUT, deadline, clock_) == Ready::timeout) {
    errno = EAGAIN;
    return -1;
  }
  return ::write(out_, octets.data(), std::min<std::size_t>(octets.size(), PIPE_BUF));
}

Input FdStream::wait_for_input(Deadline deadline) {
  if (wait_for_input_beside(meanwhile_, in_, deadline, clock_) != Ready::yes) return Input::silent;
  char octet = 0;
  const ssize_t got = ::recv(in_, &octet, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got == 0) return Input::end;
  if (got > 0 || errno != ENOTSOCK) return got > 0 ? Input::data : Input::end;
  pollfd entry{in_, POLLIN, 0};  // a pipe: readable means data, hung up alone means end
  return poll_for(&entry, milliseconds(0)) > 0 && (entry.revents & POLLIN) ? Input::data
                                                                           : Input::end;
}

// Closing a socket with unread input makes the kernel send a reset, which may overtake and destroy
// what the client has not read yet. So the client is told that nothing more comes, and what it
// still sends is read and dropped for a moment.
void FdStream::part() {
  constexpr milliseconds patience{1000};
  constexpr std::size_t most = 1 << 20;  // octets
  int pending = 0;
  const bool known = ::ioctl(in_, FIONREAD, &pending) == 0;
  if (::shutdown(out_, SHUT_WR) != 0 || !known || pending == 0) return;
  const Deadline deadline = clock_.after(patience);
  std::array<char, 1024> dropped;
  for (std::size_t total = 0; total < most;) {
    const auto got = read(dropped, deadline, Interrupt::no);
    if (!got || *got == 0) return;
    total += *got;
  }
}

}  // namespace smtpd::io
