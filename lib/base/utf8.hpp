#pragma once
/// UTF-8 (RFC 3629).
#include <string_view>

namespace smtpd {

/// True if no octet is above 127.
bool is_ascii(std::string_view text);
/// True if the text is well-formed: nothing overlong, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);
/// True if a text is malformed or has a character that is no letter to the eye but changes how
/// others are shown: controls, line and paragraph separators, marks of writing direction, U+FEFF.
bool has_hidden_character(std::string_view text);

}  // namespace smtpd
