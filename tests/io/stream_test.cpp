#include "lib/io/stream.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <fstream>
#include <string>
#include <string_view>

#include "lib/io/poll.hpp"
#include "tests/support/scripted_stream.hpp"
#include "tests/support/socket_pair.hpp"

using smtpd::Deadline;
using smtpd::SystemClock;
using smtpd::io::FdStream;
using smtpd::io::Stream;
using smtpd::transcript::ManualClock;
using smtpd::transcript::SocketPair;
using std::chrono::seconds;

namespace {

seconds timeout_of(int fd) {
  timeval set{};
  socklen_t size = sizeof set;
  BOOST_REQUIRE(::getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &set, &size) == 0);
  return seconds(set.tv_sec);
}

/// What a read of at most 16 octets gives: the octets, or what went wrong.
std::string read_from(FdStream& stream, Deadline deadline,
                      Stream::Interrupt interrupt = Stream::Interrupt::yes) {
  std::array<char, 16> octets;
  const auto got = stream.read(octets, deadline, interrupt);
  return got ? std::string(octets.data(), *got) : "error: " + got.error().what;
}

void await_sleep(pid_t process) {
  for (char state = '?'; state != 'S'; ::sched_yield()) {
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    std::string pid, name;
    if (!(file >> pid >> name >> state)) ::_exit(1);
  }
}

/// Runs `function` in a process of its own as soon as this one sleeps.
template <class F>
pid_t once_asleep(F function) {
  const pid_t watched = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    await_sleep(watched);
    function();
    ::_exit(0);
  }
  return child;
}

/// In a process of its own, since signals are everybody's. `function` returns true if all is well.
template <class F>
bool holds(F function) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    smtpd::io::catch_stop_signal();
    ::_exit(function() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

const SystemClock system_clock;

/// After some looks it is five minutes later.
class LateClock final : public smtpd::Clock {
 public:
  smtpd::SteadyTime now() const override {
    const bool in_time = looks_in_time > 0;
    if (in_time) --looks_in_time;
    return smtpd::SteadyTime(in_time ? seconds(1000) : seconds(1300));
  }
  smtpd::WallTime wall() const override { return {}; }
  mutable int looks_in_time = 100;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(stream)

BOOST_AUTO_TEST_CASE(a_socket_waits_until_the_deadline_by_itself) {
  const SocketPair sockets;
  ManualClock clock;
  FdStream stream(sockets.near.get(), sockets.near.get(), clock);
  BOOST_REQUIRE(::send(sockets.far.get(), "aabbccdd", 8, 0) == 8);
  std::array<char, 2> octets;
  const auto read = [&](seconds patience) {
    const auto got = stream.read(octets, clock.after(patience), Stream::Interrupt::yes);
    return got ? std::string(octets.data(), *got) : "error";
  };
  BOOST_TEST(read(seconds(300)) == "aa");
  BOOST_TEST(timeout_of(sockets.near.get()).count() == 300);
  // A timeout that is long enough by less than a second is left as it is.
  clock.move(std::chrono::milliseconds(500));
  BOOST_TEST(read(seconds(300)) == "bb");
  BOOST_TEST(timeout_of(sockets.near.get()).count() == 300);
  BOOST_TEST(read(seconds(20)) == "cc");
  BOOST_TEST(timeout_of(sockets.near.get()).count() == 20);
  // What is near is waited for exactly, by ppoll(2).
  BOOST_TEST(read(seconds(5)) == "dd");
  BOOST_TEST(timeout_of(sockets.near.get()).count() == 20);
}

BOOST_AUTO_TEST_CASE(the_timeout_of_a_socket_is_that_of_the_read) {
  const SocketPair sockets;
  const LateClock clock;
  FdStream stream(sockets.near.get(), sockets.near.get(), clock);
  const Deadline deadline = clock.after(seconds(300));
  BOOST_REQUIRE(::send(sockets.far.get(), "a", 1, 0) == 1);
  BOOST_TEST(read_from(stream, deadline) == "a");
  // As if the time were over: the read ends, and only then the clock says that it is time.
  const timeval soon{0, 1000};
  BOOST_REQUIRE(::setsockopt(sockets.near.get(), SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon) == 0);
  clock.looks_in_time = 1;
  BOOST_TEST(read_from(stream, deadline) == "error: timeout");
}

BOOST_AUTO_TEST_CASE(a_socket_that_does_not_block_is_waited_for) {
  BOOST_TEST(holds([] {
    const SocketPair sockets;
    ::fcntl(sockets.near.get(), F_SETFL, O_NONBLOCK);
    FdStream stream(sockets.near.get(), sockets.near.get(), system_clock);
    once_asleep([&] { ::send(sockets.far.get(), "late", 4, 0); });
    return read_from(stream, system_clock.after(seconds(300))) == "late";
  }));
}

BOOST_AUTO_TEST_CASE(a_pipe_is_waited_for) {
  BOOST_TEST(holds([] {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    FdStream stream(ends[0], ends[1], system_clock);
    once_asleep([&] { [[maybe_unused]] const auto sent = ::write(ends[1], "late", 4); });
    return read_from(stream, system_clock.after(seconds(300))) == "late";
  }));
}

BOOST_AUTO_TEST_CASE(a_signal_that_has_come_ends_only_reads_between_commands) {
  BOOST_TEST(holds([] {
    const SocketPair sockets;
    FdStream stream(sockets.near.get(), sockets.near.get(), system_clock);
    const Deadline deadline = system_clock.after(seconds(300));
    ::send(sockets.far.get(), "message", 7, 0);
    ::raise(SIGTERM);
    return read_from(stream, deadline, Stream::Interrupt::no) == "message" &&
           read_from(stream, deadline) == "error: asked to stop" &&
           read_from(stream, deadline) == "error: asked to stop";
  }));
}

BOOST_AUTO_TEST_CASE(a_signal_ends_a_read_that_waits) {
  for (const seconds patience : {seconds(300), seconds(9)}) {
    BOOST_TEST(holds([&] {
      const SocketPair sockets;
      FdStream stream(sockets.near.get(), sockets.near.get(), system_clock);
      const pid_t reader = ::getpid();
      once_asleep([&] { ::kill(reader, SIGTERM); });
      return read_from(stream, system_clock.after(patience)) == "error: asked to stop";
    }));
  }
}

// Between its last look at what has come and its system call, too: the signal's handler sees to it
// that the socket does not wait.
BOOST_AUTO_TEST_CASE(a_signal_keeps_the_socket_from_waiting) {
  BOOST_TEST(holds([] {
    const SocketPair sockets;
    FdStream stream(sockets.near.get(), sockets.near.get(), system_clock);
    const pid_t reader = ::getpid();
    once_asleep([&] { ::kill(reader, SIGTERM); });
    if (read_from(stream, system_clock.after(seconds(300))) != "error: asked to stop") return false;
    char octet = 0;
    return ::read(sockets.near.get(), &octet, 1) == -1 && errno == EAGAIN;
  }));
}

BOOST_AUTO_TEST_CASE(a_signal_ends_no_other_wait) {
  BOOST_TEST(holds([] {
    const SocketPair sockets;
    FdStream stream(sockets.near.get(), sockets.near.get(), system_clock);
    const pid_t reader = ::getpid();
    const auto send_late = [&] {
      ::kill(reader, SIGTERM);
      await_sleep(reader);
      ::send(sockets.far.get(), "late", 4, 0);
    };
    for (const seconds patience : {seconds(300), seconds(9)}) {
      once_asleep(send_late);
      if (read_from(stream, system_clock.after(patience), Stream::Interrupt::no) != "late")
        return false;
    }
    pollfd entry{sockets.near.get(), POLLIN, 0};
    once_asleep(send_late);
    return smtpd::io::poll_for(&entry, seconds(300)) == 1 &&
           read_from(stream, system_clock.after(seconds(300))) == "error: asked to stop";
  }));
}

BOOST_AUTO_TEST_SUITE_END()
