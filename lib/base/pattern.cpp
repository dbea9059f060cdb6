#include "lib/base/pattern.hpp"

#include "lib/base/module.hpp"

namespace smtpd {

Pattern::Pattern(std::string text, Case letters) : text_(std::move(text)), case_(letters) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

const std::expected<void, Error>& Pattern::compile() const {
  if (compiled_ || !outcome_) return outcome_;
  const auto compiler = SMTPD_MODULE_FUNCTION("smtpd-pcre2", smtpd_compile_pattern);
  if (!compiler) return outcome_ = std::unexpected(compiler.error());
  auto made = (*compiler)(text_, case_);
  if (!made) return outcome_ = std::unexpected(made.error());
  compiled_ = std::move(*made);
  return outcome_;
}

std::optional<Error> Pattern::problem() const {
  const auto& outcome = compile();
  return outcome ? std::nullopt : std::optional(outcome.error());
}

std::expected<bool, Error> Pattern::matches(std::string_view subject) const {
  if (const auto& outcome = compile(); !outcome) return std::unexpected(outcome.error());
  return compiled_->matches(subject);
}

}  // namespace smtpd
