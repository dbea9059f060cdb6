#pragma once
/// The faults of a text, for comparisons.
#include <string>

#include "lib/smtp/line_ends.hpp"

namespace smtpd {

/// Their names with blanks between them, in the order of TextFaults; empty if there are none.
inline std::string to_text(const TextFaults& faults) {
  std::string text;
  if (faults.bare_lf) text += "bare_lf ";
  if (faults.bare_cr) text += "bare_cr ";
  if (faults.nul) text += "nul ";
  if (faults.long_line) text += "long_line ";
  if (!text.empty()) text.pop_back();
  return text;
}

}  // namespace smtpd
