#include "tests/crash/failures.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>

#include "lib/base/text.hpp"
#include "tests/crash/durability.hpp"
#include "tests/crash/judge.hpp"
#include "tests/support/folder.hpp"

namespace smtpd::crash {
namespace {

using transcript::Folder;

/// What a call is about.
enum class On { files, client, log };

/// What must come of an error.
enum class Effect {
  none,  ///< it is overcome: everything is delivered
  any,   ///< delivered or put off
  lost,  ///< the client cannot be told, because it cannot be reached
};

struct Failure {
  std::string_view calls, errors;  ///< names, with blanks between
  On on = On::files;
  Effect effect = Effect::any;
};

constexpr std::array failures{
    Failure{"openat", "EMFILE ENFILE ENOSPC EDQUOT EIO EACCES EROFS ENOMEM EINTR"},
    Failure{"mkdir mkdirat", "ENOSPC EDQUOT EIO EACCES EROFS EMLINK ENOMEM"},
    Failure{"write sendfile", "EINTR", On::files, Effect::none},
    Failure{"write sendfile", "ENOSPC EDQUOT EIO EFBIG ENOMEM"},
    Failure{"sendfile", "EINVAL", On::files, Effect::none},
    Failure{"fsync", "EIO ENOSPC EDQUOT EINTR"},
    Failure{"close", "EIO EINTR ENOSPC EDQUOT"},
    Failure{"renameat2 link linkat", "ENOSPC EDQUOT EIO EACCES EROFS ENOMEM EXDEV EEXIST"},
    Failure{"renameat2", "EINVAL ENOSYS", On::files, Effect::none},
    Failure{"unlink unlinkat", "EIO EACCES EROFS EBUSY"},
    Failure{"read pread64", "EINTR", On::files, Effect::none},
    Failure{"read pread64", "EIO ENOMEM"},
    Failure{"newfstatat fstat statfs access faccessat getdents64", "EIO ENOMEM EACCES"},
    Failure{"getrandom", "EAGAIN EINTR ENOSYS", On::files, Effect::none},
    Failure{"brk mmap mremap", "ENOMEM"},
    Failure{"read", "EINTR EAGAIN", On::client, Effect::none},
    Failure{"read", "ECONNRESET ETIMEDOUT EHOSTUNREACH EIO ENOMEM", On::client, Effect::lost},
    Failure{"sendto", "EINTR EAGAIN", On::client, Effect::none},
    Failure{"sendto", "EPIPE ECONNRESET ETIMEDOUT ENOBUFS ENOMEM", On::client, Effect::lost},
    Failure{"ppoll", "EINTR", On::client, Effect::none},
    Failure{"ppoll", "ENOMEM", On::client, Effect::any},
    Failure{"getsockname getpeername", "ENOBUFS ENOTCONN", On::client, Effect::none},
    Failure{"ioctl setsockopt", "ENOMEM", On::client, Effect::none},
    Failure{"write", "EIO ENOSPC EPIPE EAGAIN EINTR", On::log, Effect::none},
};

struct ErrorName {
  std::string_view name;
  int code;
  bool may_last;  ///< it can stay for the rest of the session
};
constexpr std::array error_names{
    ErrorName{"EACCES", EACCES, true},
    ErrorName{"EAGAIN", EAGAIN, false},
    ErrorName{"EBUSY", EBUSY, false},
    ErrorName{"ECONNRESET", ECONNRESET, false},
    ErrorName{"EDQUOT", EDQUOT, true},
    ErrorName{"EEXIST", EEXIST, false},
    ErrorName{"EFBIG", EFBIG, true},
    ErrorName{"EHOSTUNREACH", EHOSTUNREACH, false},
    ErrorName{"EINTR", EINTR, false},
    ErrorName{"EINVAL", EINVAL, false},
    ErrorName{"EIO", EIO, true},
    ErrorName{"EMFILE", EMFILE, true},
    ErrorName{"EMLINK", EMLINK, false},
    ErrorName{"ENFILE", ENFILE, true},
    ErrorName{"ENOBUFS", ENOBUFS, false},
    ErrorName{"ENOMEM", ENOMEM, true},
    ErrorName{"ENOSPC", ENOSPC, true},
    ErrorName{"ENOSYS", ENOSYS, false},
    ErrorName{"ENOTCONN", ENOTCONN, false},
    ErrorName{"EPIPE", EPIPE, false},
    ErrorName{"EROFS", EROFS, true},
    ErrorName{"ETIMEDOUT", ETIMEDOUT, false},
    ErrorName{"EXDEV", EXDEV, false},
};

On subject_of(const Call& call) {
  constexpr std::array always_client{"ppoll",       "sendto", "getsockname",
                                     "getpeername", "ioctl",  "setsockopt"};
  if (std::ranges::find(always_client, call.name) != always_client.end()) return On::client;
  const auto fd = Call::descriptor(call.arguments);
  if (!fd || fd->number > 2) return On::files;
  return fd->number == 2 ? On::log : On::client;
}

struct Point {
  const Failure* failure = nullptr;
  const ErrorName* error = nullptr;
  std::string title;
  std::vector<Injection> injections;
};

/// Memory comes from several calls, so that all of them fail at once.
std::vector<Injection> out_of_memory(const std::vector<Call>& trace,
                                     std::vector<Call>::const_iterator from) {
  std::vector<Injection> injections;
  for (const char* name : {"brk", "mmap", "mremap"}) {
    const auto before =
        std::count_if(trace.begin(), from, [&](const Call& call) { return call.name == name; });
    // brk(2) tells of no error: what it returns is where the heap ends.
    const char* const what = std::string_view(name) == "brk" ? "retval=0" : "error=ENOMEM";
    injections.push_back({name, what, std::to_string(before + 1) + '+'});
  }
  return injections;
}

void add_points(std::vector<Point>& points, const Scenario& scenario, const Failure& failure,
                const Call& call) {
  for (const std::string_view name : words(failure.errors)) {
    const auto error = std::ranges::find(error_names, name, &ErrorName::name);
    if (error == error_names.end()) continue;
    const std::string number = std::to_string(call.number);
    const std::string title =
        scenario.name + ": " + call.name + " number " + number + " fails with " + std::string(name);
    const std::string what = "error=" + std::string(name);
    points.push_back({&failure, &*error, title, {{call.name, what, number}}});
    if (error->may_last && failure.on == On::files &&
        call.name != "read")  // nor could the client be read
      points.push_back(
          {&failure, &*error, title + ", as all that follow", {{call.name, what, number + '+'}}});
  }
}

std::vector<Point> points_of(const Scenario& scenario, const std::vector<Call>& trace) {
  std::vector<Point> points;
  // main() begins by letting SIGTERM in.
  for (auto call = std::ranges::find(trace, "rt_sigprocmask", &Call::name); call != trace.end();
       ++call) {
    for (const Failure& failure : failures) {
      const auto names = words(failure.calls);
      if (failure.on != subject_of(*call) || std::ranges::find(names, call->name) == names.end())
        continue;
      const std::size_t first = points.size();
      add_points(points, scenario, failure, *call);
      if (failure.calls.starts_with("brk")) {
        for (std::size_t i = first; i < points.size(); ++i)
          points[i].injections = out_of_memory(trace, call);
      }
    }
  }
  return points;
}

std::vector<std::string> faults_of(const Scenario& scenario, const std::string& folder,
                                   const Point& point, const Outcome& outcome) {
  std::vector<std::string> wrong = judge(scenario, folder, {outcome.answers});
  const Effect effect = point.failure->effect;
  if (outcome.ended.find("SIG") != std::string::npos) wrong.push_back(outcome.ended);
  if (std::ranges::find(outcome.answers, Delivery::refused) != outcome.answers.end())
    wrong.emplace_back("mail is refused for a trouble of ours");
  if (effect == Effect::none && !outcome.complete()) wrong.emplace_back("not overcome");
  if (effect == Effect::any && outcome.left_waiting) wrong.emplace_back("no reply");
  if (!point.failure->calls.starts_with("unlink")) {
    for (const std::string& file : scenario.queue->leftovers(folder))
      wrong.push_back("left behind: " + file);
  }
  const std::string_view reason =
      point.error->code == ENOMEM ? "memory" : ::strerrordesc_np(point.error->code);
  // When all writing fails, so does the log's.
  const bool logs = !point.injections.front().calls.starts_with("write") ||
                    !point.injections.front().when.ends_with('+');
  if (effect == Effect::any && !outcome.complete() && logs &&
      outcome.log.find(reason) == std::string::npos)
    wrong.push_back("the log does not say '" + std::string(reason) + '\'');
  return wrong;
}

void fail_at(const Setup& setup, const Scenario& scenario, const Point& point) {
  const Folder folder;
  if (const auto ready = prepare(scenario, folder.path()); !ready)
    return setup.report.add(point.title, {ready.error()});
  const auto outcome = traced(setup.tools, scenario, folder.path(), point.injections);
  if (!outcome) return setup.report.add(point.title, {outcome.error()});
  std::vector<std::string> wrong = faults_of(scenario, folder.path(), point, *outcome);
  Durability durability(*scenario.queue, folder.path());
  durability.follow(outcome->trace);
  wrong.insert(wrong.end(), durability.faults().begin(), durability.faults().end());
  const auto again = scenario.always.empty() ? plain(setup.tools, scenario, folder.path())
                                             : traced(setup.tools, scenario, folder.path());
  if (!again || !again->complete()) {
    wrong.emplace_back("the next session does not deliver");
  } else {
    for (std::string& what : judge(scenario, folder.path(), {outcome->answers, again->answers}))
      wrong.push_back("after the next session: " + what);
  }
  setup.report.add(point.title, wrong, &*outcome);
}

}  // namespace

void check_failures(const Setup& setup, const Scenario& scenario, const std::vector<Call>& trace) {
  const std::vector<Point> points = points_of(scenario, trace);
  setup.report.in_parallel(setup.jobs, points.size(),
                           [&](std::size_t i) { fail_at(setup, scenario, points[i]); });
}

}  // namespace smtpd::crash
