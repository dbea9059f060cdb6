#pragma once
/// One transcript from its file to its result.
#include <string>

#include "tests/support/driver.hpp"

namespace smtpd::transcript {

struct Result {
  enum class Kind : char { passed, failed, skipped };
  Kind kind = Kind::passed;
  std::string text = {};  ///< failed: the report; skipped: the reason
};

/// What a file is run with.
struct Place {
  std::string tmp;           ///< an empty folder
  std::string plugins = {};  ///< ${plugins}; empty: it has no value
};

Result run(const std::string& path, Driver& driver, const Place& place);
Result run(const Transcript& transcript, Driver& driver, const Place& place);

/// A failed file without a dialogue.
Result failed(const std::string& path, const Problem& problem);

}  // namespace smtpd::transcript
