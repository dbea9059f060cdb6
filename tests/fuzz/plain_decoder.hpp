#pragma once
/// Message data as it is read by hand, line by line (RFC 5321 4.5.2): what the dot decoder is
/// compared with.
#include <string>
#include <string_view>

#include "lib/smtp/dot_decoder.hpp"

namespace smtpd::fuzz {

struct Decoded {
  std::string text = {};     ///< lines end in LF
  std::size_t consumed = 0;  ///< octets of the data up to its end, with it
  bool done = false;         ///< the end is there
  DotDecoder::Faults faults = {};
};

/// `longest`: octets in a line of text without its end.
Decoded decode_by_lines(std::string_view data, DotDecoder::LineEnds ends, std::size_t longest);
/// The same for all chunks of BDAT together: nothing ends the text, and a last line gets its end.
Decoded decode_chunks(std::string_view data, LineEnds ends, std::size_t longest);

}  // namespace smtpd::fuzz
