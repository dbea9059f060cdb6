/// `load traffic`: sessions with a server on 127.0.0.1, many at once, from one thread with epoll.

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <system_error>

#include "tests/bench/dialogue.hpp"
#include "tests/bench/loopback.hpp"
#include "tests/bench/options.hpp"

namespace smtpd::bench {
namespace {

constexpr std::chrono::seconds patience{60};  // a server that does nothing for so long has failed
constexpr std::size_t max_errors = 20;        // then no session is started any more

struct Session {
  Session(const Plan& plan, Samples& samples) : dialogue(plan, samples) {}

  UniqueFd fd;
  Dialogue dialogue;
  TimePoint start = SteadyClock::now();
  bool waits_to_write = false;
};

struct Goal {
  std::size_t concurrency = 1;
  std::size_t sessions = 1;                                    ///< to start at most
  std::chrono::duration<double> time = std::chrono::hours(1);  ///< after which no more are started
};

class Traffic {
 public:
  Traffic(std::uint16_t port, Goal goal, const Plan& plan);
  void run();
  /// Prints the results; false when there were errors.
  bool report();

 private:
  using Slot = std::unique_ptr<Session>;

  bool may_start() const;
  void start(Slot& slot);
  void serve(Slot& slot, std::uint32_t events);
  void read_from(Slot& slot);
  void write_to(Slot& slot);
  void watch(Slot& slot, bool for_writing);
  void finish(Slot& slot);
  void fail(Slot& slot, const std::string& why);
  void end(Slot& slot);

  sockaddr_in server_;
  Goal goal_;
  const Plan& plan_;
  UniqueFd epoll_;
  std::vector<Slot> slots_;  // as many as sessions at once; empty: none to start any more
  std::size_t started_ = 0, finished_ = 0, active_ = 0, accepted_ = 0, errors_ = 0;
  std::string first_error_;
  TimePoint start_, last_finish_;
  std::vector<double> session_;
  Samples samples_;
};

Traffic::Traffic(std::uint16_t port, Goal goal, const Plan& plan)
    : server_(loopback(port)), goal_(goal), plan_(plan), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw_error("epoll_create1");
  slots_.resize(goal.concurrency);
}

bool Traffic::may_start() const {
  return started_ < goal_.sessions && errors_ < max_errors &&
         SteadyClock::now() - start_ < goal_.time;
}

void Traffic::run() {
  std::array<epoll_event, 64> events{};
  start_ = last_finish_ = SteadyClock::now();
  for (Slot& slot : slots_) {
    if (may_start()) start(slot);
  }
  while (active_ > 0) {
    const int timeout = static_cast<int>(std::chrono::milliseconds(patience).count());
    const int count =
        ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_error("epoll_wait");
    if (count == 0) {
      for (Slot& slot : slots_) {
        if (slot) fail(slot, "no answer to " + std::string(slot->dialogue.step_name()));
      }
    }
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      Slot& slot = slots_[event.data.u64];
      serve(slot, event.events);
      if (!slot && may_start()) start(slot);
    }
  }
}

void Traffic::start(Slot& slot) {
  slot = std::make_unique<Session>(plan_, samples_);
  ++started_;
  ++active_;
  slot->fd = tcp_socket(SOCK_NONBLOCK);
  // Only reading is watched: a connection that fails is readable too, and read() tells why.
  connect_to(slot->fd, server_);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = static_cast<std::uint64_t>(&slot - slots_.data());
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, slot->fd.get(), &event) < 0) {
    throw_error("epoll_ctl");
  }
}

void Traffic::serve(Slot& slot, std::uint32_t events) {
  if (slot && (events & ~std::uint32_t{EPOLLOUT})) read_from(slot);
  if (slot) write_to(slot);
}

void Traffic::read_from(Slot& slot) {
  std::array<char, 16384> buffer;
  const ssize_t count = ::read(slot->fd.get(), buffer.data(), buffer.size());
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count < 0) {
    const std::string reason = std::generic_category().message(errno);
    return fail(slot, std::string(slot->dialogue.step_name()) + ": " + reason);
  }
  if (count == 0) return finish(slot);
  const auto taken =
      slot->dialogue.receive(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
  if (!taken) fail(slot, taken.error());
}

void Traffic::write_to(Slot& slot) {
  Dialogue& dialogue = slot->dialogue;
  for (auto octets = dialogue.to_send(); !octets.empty(); octets = dialogue.to_send()) {
    const ssize_t count = ::write(slot->fd.get(), octets.data(), octets.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return watch(slot, true);
    if (count < 0) return watch(slot, false);  // read_from() will tell why
    dialogue.sent(static_cast<std::size_t>(count));
  }
  watch(slot, false);
}

void Traffic::watch(Slot& slot, bool for_writing) {
  if (slot->waits_to_write == for_writing) return;
  slot->waits_to_write = for_writing;
  epoll_event event{};
  event.events = for_writing ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u64 = static_cast<std::uint64_t>(&slot - slots_.data());
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, slot->fd.get(), &event) < 0) {
    throw_error("epoll_ctl");
  }
}

void Traffic::finish(Slot& slot) {
  if (!slot->dialogue.is_complete()) {
    return fail(slot, std::string(slot->dialogue.step_name()) + ": end of file");
  }
  last_finish_ = SteadyClock::now();
  session_.push_back(microseconds(slot->start, last_finish_));
  ++finished_;
  end(slot);
}

void Traffic::fail(Slot& slot, const std::string& why) {
  if (errors_++ == 0) first_error_ = why;
  end(slot);
}

void Traffic::end(Slot& slot) {
  accepted_ += slot->dialogue.accepted();
  --active_;
  slot.reset();
}

bool Traffic::report() {
  const double seconds = microseconds(start_, last_finish_) / 1e6;
  const double transfer = median(samples_.transfer);
  const auto octets = static_cast<double>(plan_.message.size());
  std::printf("sessions=%zu\n", finished_);
  std::printf("messages=%zu\n", accepted_);
  std::printf("seconds=%.3f\n", seconds);
  std::printf("sessions_per_second=%.1f\n",
              seconds > 0 ? static_cast<double>(finished_) / seconds : 0);
  std::printf("session_us=%.1f\n", median(session_));
  std::printf("message_us=%.1f\n", median(samples_.message));
  std::printf("recipient_us=%.3f\n", median(samples_.recipient));
  std::printf("transfer_mb_per_second=%.2f\n", transfer > 0 ? octets / transfer : 0);
  std::printf("errors=%zu\n", errors_);
  if (errors_ > 0) {
    std::fprintf(stderr, "load: %zu of %zu sessions failed, the first one: %s\n", errors_, started_,
                 first_error_.c_str());
  }
  return errors_ == 0 && finished_ > 0;
}

}  // namespace

int run_traffic(std::span<char* const> words) {
  const std::array<std::string, 8> known{"port",   "concurrency", "seconds",    "sessions",
                                         "octets", "messages",    "recipients", "batch"};
  const Options options(words, known);
  const std::size_t port = options.count("port", 0);
  if (port == 0 || port > 65535) throw UsageError("--port is missing, or is none");
  if (!options.rest().empty()) throw UsageError("one word too many: " + options.rest().front());

  // Without --sessions the time is the limit, without --seconds the number.
  const double seconds = options.number("seconds", 0);
  const Goal goal{
      .concurrency = options.count("concurrency", 1),
      .sessions = options.count("sessions", seconds > 0 ? SIZE_MAX / 2 : 1),
      .time = seconds > 0 ? std::chrono::duration<double>(seconds) : Goal{}.time,
  };
  const Plan plan{
      .message = make_message(options.count("octets", 4096)),
      .messages = options.count("messages", 1),
      .recipients = options.count("recipients", 1),
      .batch = options.count("batch", 1),
  };
  std::signal(SIGPIPE, SIG_IGN);
  Traffic traffic(static_cast<std::uint16_t>(port), goal, plan);
  traffic.run();
  return traffic.report() ? 0 : 1;
}

}  // namespace smtpd::bench
