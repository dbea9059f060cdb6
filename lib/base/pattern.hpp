#pragma once
/// Regular expressions that administrators write (PCRE2), with bounds on what a match may cost.
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"

namespace smtpd {

/// A pattern in Perl's syntax, for octets (no UTF mode). It is compiled when it is first used, so
/// one that is never used costs its text.
class SMTPD_API Pattern {
 public:
  enum class Case { counts, ignored };

  Pattern(std::string text, Case letters);
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  const std::string& text() const { return text_; }
  /// True if any part of `subject` fits. Errors: config (the pattern is malformed; the sentence has
  /// the place), limit (the match was given up: neither yes nor no).
  std::expected<bool, Error> matches(std::string_view subject) const;
  /// What is wrong with the pattern; compiles it.
  std::optional<Error> problem() const;

 private:
  struct Compiled;
  const std::expected<Compiled, Error>& compiled() const;

  std::string text_;
  Case case_;
  mutable std::unique_ptr<std::expected<Compiled, Error>> compiled_;  // null until it is needed
};

}  // namespace smtpd
