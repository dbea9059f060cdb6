#pragma once
/// What surrounds a whole session in a fuzz target.
#include <algorithm>

#include "lib/base/text.hpp"
#include "lib/services/log.hpp"
#include "tests/fuzz/support.hpp"

namespace smtpd::fuzz {

/// Time passes when somebody says so.
class FakeClock final : public Clock {
 public:
  SteadyTime now() const override { return now_; }
  WallTime wall() const override {
    return WallTime(std::chrono::hours(500'000)) +
           std::chrono::duration_cast<WallTime::duration>(now_.time_since_epoch());
  }
  void move_to(SteadyTime when) { now_ = std::max(now_, when); }

 private:
  SteadyTime now_{std::chrono::hours(1)};
};

/// Lines that a log may have.
class Sink final : public LogSink {
 public:
  void write(std::string_view line) override {
    require(line.size() < 4096, "a line of the log is not long");
    require(std::ranges::none_of(line, is_control), "a line of the log");
  }
};

}  // namespace smtpd::fuzz
