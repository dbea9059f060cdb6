#pragma once
/// Time as the server sees it: a steady clock for deadlines, a wall clock for headers and names.
#include <chrono>
#include <optional>

namespace smtpd {

using std::chrono::milliseconds;
using std::chrono::seconds;
using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

/// A point on the steady clock after which waiting ends; `Deadline::never()` waits for ever.
class Deadline {
 public:
  static constexpr Deadline never() { return Deadline(); }
  static constexpr Deadline at(SteadyTime when) { return Deadline(when); }
  constexpr bool is_never() const { return !when_; }
  /// The instant; only for a deadline that is not never().
  constexpr SteadyTime when() const { return *when_; }
  constexpr bool passed(SteadyTime now) const { return when_ && now >= *when_; }
  /// The earlier of two.
  friend constexpr Deadline earlier(Deadline a, Deadline b) {
    if (a.is_never()) return b;
    if (b.is_never()) return a;
    return a.when() < b.when() ? a : b;
  }

 private:
  constexpr Deadline() = default;
  constexpr explicit Deadline(SteadyTime when) : when_(when) {}
  std::optional<SteadyTime> when_;
};

/// Both clocks. Tests replace it by one that they move.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual SteadyTime now() const = 0;
  virtual WallTime wall() const = 0;
  Deadline after(std::chrono::nanoseconds delay) const {
    return Deadline::at(now() + std::chrono::duration_cast<SteadyTime::duration>(delay));
  }
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  SteadyTime now() const override { return std::chrono::steady_clock::now(); }
  WallTime wall() const override { return std::chrono::system_clock::now(); }
};

}  // namespace smtpd
