#include "lib/smtp/chunk.hpp"

#include <algorithm>
#include <string>

#include "lib/base/text.hpp"

namespace smtpd {

std::expected<Chunk, Error> parse_chunk(std::string_view argument) {
  constexpr std::uint64_t too_large = std::uint64_t{1} << 63;
  const std::string_view number = argument.substr(0, argument.find(' '));
  if (number.empty() || !std::ranges::all_of(number, is_digit))
    return std::unexpected(Error{Errc::syntax, "BDAT needs a number of octets"});
  const auto size = to_number(number);  // none: the digits do not fit
  if (!size || *size >= too_large)
    return std::unexpected(Error{Errc::too_long, "No message has that many octets"});
  const std::string_view rest = trim(argument.substr(number.size()));
  const bool last = equal_ignoring_case(rest, "LAST");
  return Chunk{.size = *size, .last = last, .malformed = !last && !rest.empty()};
}

}  // namespace smtpd
