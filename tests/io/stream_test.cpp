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
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/io/poll.hpp"
#include "tests/support/scripted_stream.hpp"
#include "tests/support/socket_pair.hpp"

using smtpd::Deadline;
using smtpd::SystemClock;
using smtpd::UniqueFd;
using smtpd::io::FdStream;
using smtpd::io::Input;
using smtpd::io::Stream;
using smtpd::transcript::ManualClock;
using smtpd::transcript::SocketPair;
using std::chrono::milliseconds;
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
    smtpd::io::catch_signals();
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

/// Pipes that are waited for, and what is done when it goes on.
class Work final : public smtpd::io::Meanwhile {
 public:
  explicit Work(std::size_t count = 1) {
    for (; count > 0; --count) {
      std::array<int, 2> both{};
      BOOST_REQUIRE(::pipe2(both.data(), O_CLOEXEC) == 0);
      read_ends.emplace_back(both[0]);
      write_ends.emplace_back(both[1]);
      pending.push_back({both[0], POLLIN, 0});
    }
  }
  std::span<pollfd> descriptors() override { return pending; }
  Deadline due() override { return when; }
  void go_on() override {
    ++rounds;
    found.clear();
    for (const pollfd& each : pending) found.push_back(each.revents);
    step();
  }

  std::vector<UniqueFd> read_ends, write_ends;
  std::vector<pollfd> pending;
  Deadline when = Deadline::never();
  /// As if it were over.
  std::function<void()> step = [this] { pending.clear(); };
  int rounds = 0;
  std::vector<short> found;  // the events of the last round
};

/// A client that says "late" when the work goes on, and the server's stream.
struct Beside {
  explicit Beside(std::size_t count = 1) : work(count) {
    stream.set_meanwhile(&work);
    work.step = [this] {
      work.pending.clear();
      say_late();
    };
  }
  void say_late() const { ::send(sockets.far.get(), "late", 4, 0); }
  std::string read(std::chrono::nanoseconds patience = seconds(300)) {
    return read_from(stream, system_clock.after(patience));
  }

  const SocketPair sockets;
  Work work;
  FdStream stream{sockets.near.get(), sockets.near.get(), system_clock};
};

constexpr std::chrono::milliseconds moment{20};

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

BOOST_AUTO_TEST_CASE(a_message_may_end_within_its_respite) {
  BOOST_TEST(holds([] {
    const SocketPair sockets;
    ManualClock clock;
    FdStream stream(sockets.near.get(), sockets.near.get(), clock);
    const auto read = [&] {
      ::send(sockets.far.get(), "octets", 6, 0);  // of a client that never stops
      return read_from(stream, clock.after(seconds(300)), Stream::Interrupt::late);
    };
    ::raise(SIGTERM);
    if (read() != "octets") return false;
    clock.move(seconds(9));
    if (read() != "octets") return false;
    clock.move(seconds(1));
    return read() == "error: asked to stop" &&
           read_from(stream, clock.after(seconds(300)), Stream::Interrupt::no) == "octets";
  }));
}

BOOST_AUTO_TEST_CASE(a_signal_begins_the_respite_of_a_read_that_waits) {
  for (const seconds patience : {seconds(300), seconds(9)}) {
    BOOST_TEST(holds([&] {
      const SocketPair sockets;
      FdStream stream(sockets.near.get(), sockets.near.get(), system_clock);
      const pid_t reader = ::getpid();
      once_asleep([&] {
        ::kill(reader, SIGXCPU);
        await_sleep(reader);
        ::send(sockets.far.get(), "late", 4, 0);
      });
      return read_from(stream, system_clock.after(patience), Stream::Interrupt::late) == "late" &&
             read_from(stream, system_clock.after(milliseconds(1)), Stream::Interrupt::late) ==
                 "error: timeout" &&
             read_from(stream, system_clock.after(patience)) == "error: the limit of CPU time";
    }));
  }
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

BOOST_AUTO_TEST_CASE(meanwhile_a_descriptor_becomes_ready) {
  Beside beside;
  BOOST_REQUIRE(::write(beside.work.write_ends[0].get(), "x", 1) == 1);
  BOOST_TEST(beside.read() == "late");
  BOOST_TEST(beside.work.rounds == 1);
  BOOST_TEST(beside.work.found == std::vector<short>{POLLIN});
}

BOOST_AUTO_TEST_CASE(meanwhile_something_is_due) {
  Beside beside;
  beside.work.when = system_clock.after(moment);
  BOOST_TEST(beside.read() == "late");
  BOOST_TEST(beside.work.when.passed(system_clock.now()));
  BOOST_TEST(beside.work.rounds == 1);
  BOOST_TEST(beside.work.found == std::vector<short>{0});
}

BOOST_AUTO_TEST_CASE(meanwhile_a_descriptor_of_many_is_ready_or_in_error) {
  Beside beside(100);
  BOOST_REQUIRE(::write(beside.work.write_ends[70].get(), "x", 1) == 1);
  beside.work.write_ends[80].reset();
  beside.work.pending[99].fd = 1000;
  BOOST_TEST(beside.read() == "late");
  BOOST_TEST(beside.work.rounds == 1);
  std::vector<short> found(100, 0);
  found[70] = POLLIN;
  found[80] = POLLHUP;
  found[99] = POLLNVAL;
  BOOST_TEST(beside.work.found == found);
}

BOOST_AUTO_TEST_CASE(meanwhile_the_client_comes_first_where_it_alone_is_there) {
  Beside beside;
  beside.say_late();
  BOOST_TEST(beside.read() == "late");
  BOOST_TEST(beside.work.rounds == 0);
  // It does not keep the rest from going on.
  BOOST_REQUIRE(::write(beside.work.write_ends[0].get(), "x", 1) == 1);
  beside.say_late();
  BOOST_TEST(beside.read() == "latelate");
  BOOST_TEST(beside.work.rounds == 1);
}

BOOST_AUTO_TEST_CASE(meanwhile_the_deadline_of_the_read_holds) {
  Beside beside;
  BOOST_TEST(beside.read(moment) == "error: timeout");
  BOOST_TEST(beside.work.rounds == 0);
  // Also if there is always something to do.
  beside.work.step = [] {};
  BOOST_REQUIRE(::write(beside.work.write_ends[0].get(), "x", 1) == 1);
  BOOST_TEST(beside.read(moment) == "error: timeout");
  BOOST_TEST(beside.work.rounds > 0);
}

BOOST_AUTO_TEST_CASE(meanwhile_a_look_at_the_input_goes_on_too) {
  Beside beside;
  BOOST_CHECK(beside.stream.wait_for_input(system_clock.after(moment)) == Input::silent);
  BOOST_REQUIRE(::write(beside.work.write_ends[0].get(), "x", 1) == 1);
  BOOST_CHECK(beside.stream.wait_for_input(system_clock.after(seconds(300))) == Input::data);
  BOOST_TEST(beside.work.rounds == 1);
}

BOOST_AUTO_TEST_CASE(meanwhile_nothing_is_pending) {
  Beside beside;
  beside.say_late();
  BOOST_TEST(beside.read() == "late");
  BOOST_TEST(timeout_of(beside.sockets.near.get()).count() == 0);  // it was not the socket's wait
  beside.work.pending.clear();
  beside.work.when = Deadline::at({});
  beside.say_late();
  BOOST_TEST(beside.read() == "late");
  BOOST_TEST(timeout_of(beside.sockets.near.get()).count() == 300);
  BOOST_TEST(beside.work.rounds == 0);
}

BOOST_AUTO_TEST_CASE(meanwhile_a_signal_ends_the_read) {
  BOOST_TEST(holds([] {
    Beside beside;
    const pid_t reader = ::getpid();
    once_asleep([&] { ::kill(reader, SIGTERM); });
    if (beside.read() != "error: asked to stop") return false;
    // And no other.
    BOOST_REQUIRE(::write(beside.work.write_ends[0].get(), "x", 1) == 1);
    return read_from(beside.stream, system_clock.after(seconds(300)), Stream::Interrupt::no) ==
               "late" &&
           beside.work.rounds == 1;
  }));
}

BOOST_AUTO_TEST_SUITE_END()
