#include "lib/base/pattern.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>

namespace smtpd {
namespace {

// What one match may cost before it is given up: about a hundredth of a second and a few MiB.
// Honest patterns on addresses and header fields need a thousandth of it.
constexpr unsigned match_limit = 200'000;
constexpr unsigned depth_limit = 20'000;
constexpr unsigned heap_limit_kib = 8192;

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* pointer) const noexcept {
    Free(pointer);
  }
};
using Code = std::unique_ptr<pcre2_code, Freer<pcre2_code_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Freer<pcre2_match_context_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Freer<pcre2_match_data_free>>;

std::string message(int number) {
  std::array<PCRE2_UCHAR, 256> buffer{};
  pcre2_get_error_message(number, buffer.data(), buffer.size());
  return reinterpret_cast<const char*>(buffer.data());
}

Error out_of_memory() { return {Errc::limit, "no memory for a pattern"}; }

Error compile_error(int number, PCRE2_SIZE offset) {
  if (number == PCRE2_ERROR_HEAP_FAILED) return out_of_memory();
  return {Errc::config,
          "malformed pattern: " + message(number) + " at offset " + std::to_string(offset)};
}

}  // namespace

struct Pattern::Compiled {
  Code code;
  MatchContext context;
  MatchData data;
};

Pattern::Pattern(std::string text, Case letters) : text_(std::move(text)), case_(letters) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

const std::expected<Pattern::Compiled, Error>& Pattern::compiled() const {
  if (compiled_) return *compiled_;
  int number = 0;
  PCRE2_SIZE offset = 0;
  // Subjects are octets from the network: UTF mode would refuse the ones that are no UTF-8.
  const unsigned options = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C |
                           (case_ == Case::ignored ? PCRE2_CASELESS : 0U);
  Code code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text_.data()), text_.size(), options,
                          &number, &offset, nullptr));
  std::expected<Compiled, Error> result;
  if (!code) {
    result = std::unexpected(compile_error(number, offset));
  } else {
    result = Compiled{std::move(code), MatchContext(pcre2_match_context_create(nullptr)),
                      MatchData(pcre2_match_data_create(1, nullptr))};
    if (result->context) {
      pcre2_set_match_limit(result->context.get(), match_limit);
      pcre2_set_depth_limit(result->context.get(), depth_limit);
      pcre2_set_heap_limit(result->context.get(), heap_limit_kib);
    }
  }
  compiled_ = std::make_unique<std::expected<Compiled, Error>>(std::move(result));
  return *compiled_;
}

std::optional<Error> Pattern::problem() const {
  const auto& result = compiled();
  return result ? std::nullopt : std::optional(result.error());
}

std::expected<bool, Error> Pattern::matches(std::string_view subject) const {
  const auto& result = compiled();
  if (!result) return std::unexpected(result.error());
  const auto& [code, context, data] = *result;
  if (!context || !data) return std::unexpected(out_of_memory());
  const char* const start = subject.data() ? subject.data() : "";  // an empty view may have none
  const int outcome = pcre2_match(code.get(), reinterpret_cast<PCRE2_SPTR>(start), subject.size(),
                                  0, 0, data.get(), context.get());
  if (outcome >= 0) return true;  // 0: it fits and has more groups than there is room for
  if (outcome == PCRE2_ERROR_NOMATCH) return false;
  return std::unexpected(
      Error{Errc::limit, "the match of pattern '" + text_ + "' was given up: " + message(outcome)});
}

}  // namespace smtpd
