#pragma once
/// Counts what was tried, and shows what failed.
#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "tests/crash/session.hpp"

namespace smtpd::crash {

class Report {
 public:
  /// With `first_failure` that one is told in one line, and no more is wanted.
  enum class Until { end, first_failure };
  explicit Report(Until until) : until_(until) {}

  /// One thing that was tried; nothing in `wrong` means that it held. Thread-safe.
  void add(const std::string& title, const std::vector<std::string>& wrong,
           const Outcome* outcome = nullptr);
  void skip(const std::string& what, const std::string& why);
  /// True when there is no point in trying more.
  bool enough() const { return until_ == Until::first_failure && failed_ > 0; }
  /// Prints `crash: N passed, N failed, N skipped`. Returns the exit code.
  int summary() const;
  /// Calls `work` for 0 to `count`-1, so many at once, until there is enough.
  void in_parallel(unsigned jobs, std::size_t count,
                   const std::function<void(std::size_t)>& work) const;

 private:
  const Until until_;
  std::mutex mutex_;
  std::size_t passed_ = 0, skipped_ = 0;
  std::atomic<std::size_t> failed_ = 0;
};

}  // namespace smtpd::crash
