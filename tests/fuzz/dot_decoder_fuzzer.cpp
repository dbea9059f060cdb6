/// The dot decoder gives the same for every split, and what a plain reading of RFC 5321 4.5.2
/// gives.
#include "tests/fuzz/plain_decoder.hpp"
#include "tests/fuzz/support.hpp"

namespace smtpd::fuzz {
namespace {

using LineEnds = DotDecoder::LineEnds;

Decoded in_pieces(std::string_view data, LineEnds ends, std::size_t longest, unsigned seed) {
  DotDecoder decoder(ends, longest);
  Splitter splitter(seed);
  Decoded all;
  while (all.consumed < data.size() && !all.done) {
    std::string piece(data.substr(all.consumed, splitter.next(data.size() - all.consumed)));
    const auto step = decoder.decode(piece);
    require(step.produced <= step.consumed && step.consumed <= piece.size(), "a step's numbers");
    require(step.done || step.consumed == piece.size(), "only the end leaves octets behind");
    all.text += piece.substr(0, step.produced);
    all.consumed += step.consumed;
    all.done = step.done;
  }
  all.faults = decoder.faults();
  std::string more = "x";
  if (all.done) require(decoder.decode(more).consumed == 0, "nothing happens behind the end");
  return all;
}

}  // namespace
}  // namespace smtpd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace smtpd::fuzz;
  Input input(data, size);
  const auto ends = static_cast<LineEnds>(input.octet() % 3);
  const unsigned seed = input.octet();
  const std::size_t longest = 1 + input.octet();
  const Decoded expected = decode_by_lines(input.rest(), ends, longest);
  for (const unsigned each : {0U, 1U, seed}) {
    const Decoded decoded = in_pieces(input.rest(), ends, longest, each);
    require(decoded.done == expected.done, "the end");
    require(decoded.consumed == expected.consumed, "the place of the end");
    require(decoded.text == expected.text, "the text");
    require(decoded.faults.bare_lf == expected.faults.bare_lf, "bare LF");
    require(decoded.faults.bare_cr == expected.faults.bare_cr, "bare CR");
    require(decoded.faults.nul == expected.faults.nul, "NUL");
    require(decoded.faults.long_line == expected.faults.long_line, "a long line");
  }
  return 0;
}
