/// The module smtpd-pcre2: what names PCRE2.
#include "lib/base/freer.hpp"
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

class Pcre2Pattern final : public CompiledPattern {
 public:
  Pcre2Pattern(Code code, std::string text)
      : text_(std::move(text)),
        code_(std::move(code)),
        context_(pcre2_match_context_create(nullptr)),
        data_(pcre2_match_data_create(1, nullptr)) {
    if (!context_) return;
    pcre2_set_match_limit(context_.get(), match_limit);
    pcre2_set_depth_limit(context_.get(), depth_limit);
    pcre2_set_heap_limit(context_.get(), heap_limit_kib);
  }

  std::expected<bool, Error> matches(std::string_view subject) const override {
    if (!context_ || !data_) return std::unexpected(out_of_memory());
    const char* const start = subject.data() ? subject.data() : "";  // an empty view may have none
    const int outcome = pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(start),
                                    subject.size(), 0, 0, data_.get(), context_.get());
    if (outcome >= 0) return true;  // 0: it fits and has more groups than there is room for
    if (outcome == PCRE2_ERROR_NOMATCH) return false;
    return std::unexpected(Error{
        Errc::limit, "the match of pattern '" + text_ + "' was given up: " + message(outcome)});
  }

 private:
  std::string text_;
  Code code_;
  MatchContext context_;
  MatchData data_;
};

}  // namespace
}  // namespace smtpd

SMTPD_API std::expected<std::unique_ptr<smtpd::CompiledPattern>, smtpd::Error>
smtpd_compile_pattern(const std::string& text, smtpd::Pattern::Case letters) noexcept {
  using namespace smtpd;
  int number = 0;
  PCRE2_SIZE offset = 0;
  // Subjects are octets from the network: UTF mode would refuse the ones that are no UTF-8.
  const unsigned options = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C |
                           (letters == Pattern::Case::ignored ? PCRE2_CASELESS : 0U);
  Code code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), options, &number,
                          &offset, nullptr));
  if (!code) return std::unexpected(compile_error(number, offset));
  return std::make_unique<Pcre2Pattern>(std::move(code), text);
}

extern "C" SMTPD_API std::string smtpd_pcre2_library() noexcept {
  char text[64];  // `10.42 2022-12-11` has 16
  return pcre2_config(PCRE2_CONFIG_VERSION, nullptr) > static_cast<int>(sizeof text) ||
                 pcre2_config(PCRE2_CONFIG_VERSION, text) < 0
             ? "PCRE2"
             : std::string("PCRE2 ") + text;
}
