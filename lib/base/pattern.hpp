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

/// What the module smtpd-pcre2 makes of a pattern's text.
class CompiledPattern {
 public:
  CompiledPattern() = default;
  CompiledPattern(const CompiledPattern&) = delete;
  CompiledPattern& operator=(const CompiledPattern&) = delete;
  virtual ~CompiledPattern() = default;
  /// As Pattern::matches. Errors: limit.
  virtual std::expected<bool, Error> matches(std::string_view subject) const = 0;
};

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
  /// True if any part of `subject` fits. Errors: config (the pattern is malformed, the sentence has
  /// the place; or the module is missing), limit (the match was given up: neither yes nor no).
  std::expected<bool, Error> matches(std::string_view subject) const;
  /// What is wrong with the pattern; compiles it.
  std::optional<Error> problem() const;

 private:
  const std::expected<void, Error>& compile() const;

  std::string text_;
  Case case_;
  mutable std::unique_ptr<CompiledPattern> compiled_;  // null until it is needed, or with a problem
  mutable std::expected<void, Error> outcome_;
};

}  // namespace smtpd

/// What the module smtpd-pcre2 has. Errors: config, limit.
extern "C" std::expected<std::unique_ptr<smtpd::CompiledPattern>, smtpd::Error>
smtpd_compile_pattern(const std::string& text, smtpd::Pattern::Case letters) noexcept;
