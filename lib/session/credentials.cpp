#include "lib/session/credentials.hpp"

#include <algorithm>

#include "lib/base/text.hpp"

namespace smtpd {
namespace {

/// The verb, with what came before it.
std::string_view up_to_verb(std::string_view line) {
  const std::string_view text = trim(line);
  return line.substr(0, static_cast<std::size_t>(text.data() - line.data()) + 4);
}

/// RFC 4422 3.1. Of one case throughout, as nobody writes it otherwise and base64 is.
bool is_mechanism(std::string_view word) {
  constexpr std::size_t longest = 20;
  const auto fits = [&](bool (*letter)(char)) {
    return std::ranges::all_of(
        word, [&](char c) { return letter(c) || is_digit(c) || c == '-' || c == '_'; });
  };
  return word.size() <= longest && (fits(is_upper) || fits(is_lower));
}

}  // namespace

bool looks_like_auth(std::string_view line) {
  return starts_with_ignoring_case(trim(line), "auth");
}

std::string without_credentials(std::string_view line) {
  if (!looks_like_auth(line)) return std::string(line);
  const auto parts = words(line);
  if (parts.size() == 1 && parts[0].size() == 4) return std::string(line);
  const bool names_mechanism =
      parts.size() > 1 && equal_ignoring_case(parts[0], "auth") && is_mechanism(parts[1]);
  if (names_mechanism && parts.size() == 2) return std::string(line);
  const auto shown = names_mechanism
                         ? line.substr(0, static_cast<std::size_t>(parts[1].end() - line.begin()))
                         : up_to_verb(line);
  return std::string(shown).append(" ").append(hidden_credentials);
}

}  // namespace smtpd
