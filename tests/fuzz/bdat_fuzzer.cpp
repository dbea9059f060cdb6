/// BDAT's framing: a line and the octets behind it. The text is the same for every split and every
/// cut into chunks, and that of a plain reading; the size is what a second grammar makes of it.
#include <algorithm>

#include "lib/base/text.hpp"
#include "lib/smtp/chunk.hpp"
#include "lib/smtp/text_decoder.hpp"
#include "tests/fuzz/plain_decoder.hpp"
#include "tests/fuzz/support.hpp"

namespace smtpd::fuzz {
namespace {

Decoded in_pieces(std::string_view data, LineEnds ends, std::size_t longest, unsigned seed) {
  TextDecoder decoder(ends, longest);
  Splitter splitter(seed);
  Decoded all;
  while (all.consumed < data.size()) {
    std::string piece(data.substr(all.consumed, splitter.next(data.size() - all.consumed)));
    const std::size_t produced = decoder.decode(piece);
    require(produced <= piece.size(), "text does not grow");
    all.text += piece.substr(0, produced);
    all.consumed += piece.size();
  }
  if (decoder.finish()) all.text += '\n';
  all.faults = decoder.faults();
  return all;
}

void check_text(std::string_view data, LineEnds ends, std::size_t longest, unsigned seed) {
  const Decoded expected = decode_chunks(data, ends, longest);
  for (const unsigned each : {0U, 1U, seed}) {
    const Decoded decoded = in_pieces(data, ends, longest, each);
    require(decoded.faults.bare_lf == expected.faults.bare_lf, "bare LF");
    require(decoded.faults.bare_cr == expected.faults.bare_cr, "bare CR");
    require(decoded.faults.nul == expected.faults.nul, "NUL");
    require(decoded.faults.long_line == expected.faults.long_line, "a long line");
    require(expected.faults.any() || decoded.text == expected.text, "the text");
  }
}

/// Digits, then nothing or blanks and a rest. Longer numbers than 2^63 - 1 are none.
void check_argument(std::string_view argument) {
  const auto chunk = parse_chunk(argument);
  std::size_t digits = 0;
  while (digits < argument.size() && is_digit(argument[digits])) ++digits;
  const bool is_number = digits > 0 && (digits == argument.size() || argument[digits] == ' ');
  std::string significant(argument.substr(0, digits));
  significant.erase(0, std::min(significant.find_first_not_of('0'), significant.size()));
  constexpr std::string_view most = "9223372036854775807";
  const bool fits = significant.size() < most.size() ||
                    (significant.size() == most.size() && significant <= most);
  require(chunk.has_value() == (is_number && fits), "a number of octets");
  if (!chunk) {
    require((chunk.error().code == Errc::too_long) == is_number, "why there is none");
    return;
  }
  require(std::to_string(chunk->size) == (significant.empty() ? "0" : significant), "the size");
  const std::string_view rest = trim(argument.substr(digits));
  require(chunk->last == equal_ignoring_case(rest, "last"), "LAST");
  require(chunk->malformed == (!chunk->last && !rest.empty()), "something else");
}

}  // namespace
}  // namespace smtpd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace smtpd::fuzz;
  Input input(data, size);
  const auto ends = static_cast<smtpd::LineEnds>(input.octet() % 3);
  const unsigned seed = input.octet();
  const std::size_t longest = 1 + input.octet();
  check_argument(input.part());
  check_text(input.rest(), ends, longest, seed);
  return 0;
}
