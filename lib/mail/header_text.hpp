#pragma once
/// What a header field says to a reader: unfolded, its encoded words decoded (RFC 2047).
#include <cstddef>
#include <string>
#include <string_view>

#include "lib/base/export.hpp"

namespace smtpd {

/// Octets of a value that are read; what follows them is left out.
inline constexpr std::size_t longest_header_text = 16384;

/// The value as UTF-8 in one line: `=?iso-8859-1?Q?caf=E9?=` is `café`. An encoded word is decoded
/// wherever it stands; one of another character set than US-ASCII, UTF-8, ISO-8859-1, ISO-8859-15
/// and Windows-1252, and what is none, stays as it is. Control octets become blanks, octets that
/// are no UTF-8 `?`. At most three times as long as what is read.
SMTPD_API std::string header_text(std::string_view value);

}  // namespace smtpd
