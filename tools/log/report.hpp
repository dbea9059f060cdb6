#pragma once
/// Prints sessions and their totals for people.
#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "tools/log/sessions.hpp"

namespace smtpd::log_tool {

/// How it is shown.
enum class Look { plain, coloured };

class Report {
 public:
  explicit Report(Look look) : look_(look) {}
  /// Prints one line to standard output and adds to the totals.
  void session(const SessionInfo& session);
  /// A line that is none of smtpd's.
  void stranger() { ++strangers_; }
  /// Prints the totals and the legend.
  void totals() const;

 private:
  std::string marks(const Verdicts& verdicts) const;
  std::string sign(Mark mark) const;

  Look look_;
  std::uint64_t sessions_ = 0, unfinished_ = 0, strangers_ = 0;
  std::uint64_t messages_ = 0, recipients_ = 0, refused_ = 0, octets_ = 0;
  std::map<std::string, std::array<std::uint64_t, mark_count>> plugins_;  // sessions by mark
};

}  // namespace smtpd::log_tool
