#pragma once
/// Waiting for one descriptor.
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "lib/base/clock.hpp"

namespace smtpd::io {

inline timespec to_timespec(std::chrono::nanoseconds time) {
  constexpr std::chrono::nanoseconds second{1'000'000'000};
  return {time / second, (time % second).count()};
}

/// Until the deadline; nothing if it has passed.
inline timespec remaining(Deadline deadline, SteadyTime now) {
  return to_timespec(
      std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(deadline.when() - now)));
}

/// poll(2)'s result; without an entry it waits only. After a signal (SIGTERM) it waits anew.
inline int poll_for(pollfd* entry, milliseconds patience) {
  const timespec left = to_timespec(patience);
  int ready = 0;
  do {
    ready = ::ppoll(entry, entry ? 1 : 0, &left, nullptr);
  } while (ready < 0 && errno == EINTR);
  return ready;
}

}  // namespace smtpd::io
