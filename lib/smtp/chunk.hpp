#pragma once
/// The argument of BDAT (RFC 3030 2).
#include <cstdint>
#include <expected>
#include <string_view>

#include "lib/base/error.hpp"

namespace smtpd {

/// What BDAT announces: so many octets follow its CRLF at once.
struct Chunk {
  std::uint64_t size = 0;  ///< octets
  bool last = false;       ///< the message ends with it
  bool malformed = false;  ///< something else than LAST stands behind the size
};

/// Parses `chunk-size [LAST]`. Errors, after which nobody knows where the next command begins:
/// syntax (there is no number), too_long (2^63 octets or more, which no message has).
std::expected<Chunk, Error> parse_chunk(std::string_view argument);

}  // namespace smtpd
