/// `load start`: sessions with a program that serves one connection, without a super-server. Tells
/// what the program alone costs: time from exec to the banner, CPU time, peak memory.

#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <system_error>

#include "tests/bench/dialogue.hpp"
#include "tests/bench/loopback.hpp"
#include "tests/bench/options.hpp"

namespace smtpd::bench {
namespace {

constexpr const char* own_address = "127.0.0.1";
constexpr timeval patience{60, 0};  // for one answer of the program

/// What a super-server says of the connection, so that the program looks nothing up.
void name_client(const std::string& address) {
  const char* const variables[][2] = {
      {"PROTO", "TCP"},      {"TCPLOCALIP", "127.0.0.1"},      {"TCPLOCALPORT", "25"},
      {"TCPLOCALHOST", "0"}, {"TCPREMOTEIP", address.c_str()}, {"TCPREMOTEPORT", "40000"},
  };
  for (const auto& [name, value] : variables) ::setenv(name, value, 1);
  ::unsetenv("TCPREMOTEHOST");
  ::unsetenv("TCPREMOTEINFO");
}

/// What a super-server hands over, at its price: a TCP connection.
Pair make_pair() {
  Pair pair = connected_pair();
  ::setsockopt(pair.client.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(pair.client.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return pair;
}

struct Program {
  std::vector<char*> words;
  int fd;
};

/// The first and only steps of the child, in this process's memory.
int become(void* argument) {
  const auto& program = *static_cast<const Program*>(argument);
  if (::dup2(program.fd, STDIN_FILENO) >= 0 && ::dup2(program.fd, STDOUT_FILENO) >= 0) {
    ::execv(program.words[0], program.words.data());
  }
  ::_exit(127);
}

/// Runs the command with `fd` on descriptors 0 and 1. Shares the memory until exec, so that this
/// process's size does not count; posix_spawn does so too, but costs a tenth of the floor's start.
pid_t spawn(const std::vector<std::string>& command, int fd) {
  Program program{.words = {}, .fd = fd};
  for (const auto& word : command) program.words.push_back(const_cast<char*>(word.c_str()));
  program.words.push_back(nullptr);
  alignas(16) std::array<char, 16384> stack;
  const int flags = CLONE_VM | CLONE_VFORK | SIGCHLD;
  const pid_t pid = ::clone(become, stack.data() + stack.size(), flags, &program);
  if (pid < 0) throw_error("clone");
  return pid;
}

/// How many modules of its own the process has mapped.
std::size_t modules_of(pid_t pid) {
  std::FILE* const file = std::fopen(("/proc/" + std::to_string(pid) + "/maps").c_str(), "re");
  if (!file) return 0;
  std::array<char, 4096> line;
  std::set<std::string> names;
  while (std::fgets(line.data(), line.size(), file)) {
    const std::string text = line.data();
    const auto name = text.rfind("/smtpd-");
    if (name != text.npos && text.ends_with(".so\n")) names.insert(text.substr(name));
  }
  std::fclose(file);
  return names.size();
}

/// A line `NAME: N kB` of a file of /proc/PID; 0 if there is none.
double kib_of(pid_t pid, const char* file_name, const std::string& name) {
  const std::string path = "/proc/" + std::to_string(pid) + '/' + file_name;
  std::FILE* const file = std::fopen(path.c_str(), "re");
  if (!file) return 0;
  std::array<char, 256> line;
  double kib = 0;
  while (std::fgets(line.data(), line.size(), file)) {
    const std::string_view text = line.data();
    if (text.starts_with(name + ':')) {
      kib = std::strtod(line.data() + name.size() + 1, nullptr);
      break;
    }
  }
  std::fclose(file);
  return kib;
}

/// Peak resident memory in MiB so far. Not ru_maxrss: the kernel puts the size of the process that
/// called exec into that.
double peak_mib(pid_t pid) { return kib_of(pid, "status", "VmHWM") / 1024; }

double cpu_microseconds(const rusage& usage) {
  const auto of = [](timeval time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

class Starter {
 public:
  Starter(std::vector<std::string> command, const Plan& plan)
      : command_(std::move(command)), plan_(plan) {}
  void run_once();
  /// Prints the results; false when there were errors.
  bool report();

 private:
  std::expected<void, std::string> talk(int fd, pid_t pid, TimePoint start);

  std::vector<std::string> command_;
  const Plan& plan_;
  Samples samples_;
  std::vector<double> banner_, cpu_, peak_, whole_;
  std::size_t modules_ = 0;
  std::size_t accepted_ = 0, errors_ = 0;
  std::string first_error_;
};

void Starter::run_once() {
  Pair pair = make_pair();
  const TimePoint start = SteadyClock::now();
  const pid_t pid = spawn(command_, pair.server.get());
  pair.server.reset();
  auto result = talk(pair.client.get(), pid, start);
  pair.client.reset();
  whole_.push_back(microseconds(start, SteadyClock::now()));
  rusage usage{};
  int status = 0;
  while (::wait4(pid, &status, 0, &usage) < 0) {
    if (errno != EINTR) throw_error("wait4");
  }
  if (result && status != 0) result = std::unexpected("exit status " + std::to_string(status));
  if (!result && errors_++ == 0) first_error_ = result.error();
  cpu_.push_back(cpu_microseconds(usage));
}

std::expected<void, std::string> Starter::talk(int fd, pid_t pid, TimePoint start) {
  Dialogue dialogue(plan_, samples_);
  std::array<char, 16384> buffer;
  while (true) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count == 0 && dialogue.is_complete()) return {};
    if (count <= 0) {
      const std::string reason = count ? std::generic_category().message(errno) : "end of file";
      return std::unexpected(std::string(dialogue.step_name()) + ": " + reason);
    }
    const bool had_greeting = dialogue.has_greeting();
    const std::size_t accepted = dialogue.accepted();
    const std::string_view octets(buffer.data(), static_cast<std::size_t>(count));
    if (auto taken = dialogue.receive(octets); !taken) return taken;
    if (!had_greeting && dialogue.has_greeting()) {
      banner_.push_back(microseconds(start, SteadyClock::now()));
    }
    accepted_ += dialogue.accepted() - accepted;
    if (dialogue.is_closing() && !dialogue.is_complete()) {
      peak_.push_back(peak_mib(pid));
      modules_ = modules_of(pid);
    }
    for (auto out = dialogue.to_send(); !out.empty(); out = dialogue.to_send()) {
      const ssize_t written = ::write(fd, out.data(), out.size());
      if (written < 0) break;  // read() tells why
      dialogue.sent(static_cast<std::size_t>(written));
    }
  }
}

bool Starter::report() {
  std::printf("messages=%zu\n", accepted_);
  std::printf("banner_us=%.1f\n", median(banner_));
  std::printf("cpu_us=%.1f\n", median(cpu_));
  std::printf("session_us=%.1f\n", median(whole_));
  std::printf("peak_mib=%.2f\n", median(peak_));
  std::printf("modules=%zu\n", modules_);
  std::printf("errors=%zu\n", errors_);
  if (errors_ > 0) {
    std::fprintf(stderr, "load: %zu of %zu sessions failed, the first one: %s\n", errors_,
                 cpu_.size(), first_error_.c_str());
  }
  return errors_ == 0;
}

}  // namespace

/// A program that has greeted and waits.
struct Idle {
  pid_t pid = 0;
  UniqueFd client;
};

Idle start_idle(const std::vector<std::string>& command) {
  Pair pair = make_pair();
  Idle idle{.pid = spawn(command, pair.server.get()), .client = std::move(pair.client)};
  std::array<char, 1024> banner;
  if (::read(idle.client.get(), banner.data(), banner.size()) <= 0) throw_error("banner");
  return idle;
}

int run_idle(std::span<char* const> words) {
  const std::array<std::string, 2> known{"count", "client"};
  const Options options(words, known);
  if (options.rest().empty()) throw UsageError("which program?");
  name_client(options.text("client", own_address));
  std::vector<Idle> all;
  for (std::size_t i = 0; i < options.count("count", 50); ++i)
    all.push_back(start_idle(options.rest()));
  double shared = 0, own = 0;
  for (const Idle& idle : all) {
    shared += kib_of(idle.pid, "smaps_rollup", "Pss");
    own += kib_of(idle.pid, "smaps_rollup", "Private_Clean") +
           kib_of(idle.pid, "smaps_rollup", "Private_Dirty");
  }
  int status = 0;
  for (Idle& idle : all) {
    idle.client.reset();
    ::waitpid(idle.pid, &status, 0);
  }
  const auto count = static_cast<double>(all.size());
  std::printf("messages=0\npss_kib=%.0f\nprivate_kib=%.0f\nerrors=0\n", shared / count,
              own / count);
  return 0;
}

int run_start(std::span<char* const> words) {
  const std::array<std::string, 3> known{"runs", "octets", "client"};
  const Options options(words, known);
  if (options.rest().empty()) throw UsageError("which program?");
  const std::size_t runs = options.count("runs", 1);
  const Plan plan{.message = make_message(options.count("octets", 4096))};
  std::signal(SIGPIPE, SIG_IGN);
  name_client(options.text("client", own_address));
  Starter starter(options.rest(), plan);
  for (std::size_t i = 0; i < runs; ++i) starter.run_once();
  return starter.report() ? 0 : 1;
}

}  // namespace smtpd::bench
