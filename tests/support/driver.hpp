#pragma once
/// What runs a session of a transcript: in process, or against the real binary.
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/dialogue.hpp"

namespace smtpd::transcript {

/// What a session came to.
struct Outcome {
  std::optional<Failure> failure = {};
  Record dialogue = {};
  std::vector<std::string> log = {};
  std::vector<std::string> asked = {};  ///< of the DNS, see FakeDns::asked
};

/// What `smtpd --check` says.
struct Checkup {
  int exit_code = 0;
  std::vector<std::string> lines = {};  ///< of standard output
};

class Driver {
 public:
  virtual ~Driver() = default;
  /// `in process`, as the summary says it.
  virtual std::string_view name() const = 0;
  /// Why this driver passes a transcript over, in a few words; none if it can run it.
  virtual std::optional<std::string> reason_to_skip(const Transcript& transcript) const = 0;
  virtual Outcome run(const Section& session, Setting& setting) = 0;
  /// Errors: a sentence.
  virtual std::expected<Checkup, std::string> check(const Setting& setting) = 0;
};

/// True if the file has an [only] section with this word.
bool is_only(const Transcript& transcript, std::string_view word);
/// True if a file of its configuration names ${plugins}, where modules of test plugins are.
bool needs_modules(const Transcript& transcript);
/// True if a dialogue has such a line.
bool has_step(const Transcript& transcript, bool (*matches)(const Step&));

}  // namespace smtpd::transcript
