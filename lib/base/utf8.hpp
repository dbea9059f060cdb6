#pragma once
/// UTF-8 (RFC 3629).
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/export.hpp"

namespace smtpd {

/// True if no octet is above 127.
bool is_ascii(std::string_view text);
/// True if the text is well-formed: nothing overlong, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);
/// True if a text is malformed or has a character that is no letter to the eye but changes how
/// others are shown: controls, line and paragraph separators, marks of writing direction, U+FEFF.
bool has_hidden_character(std::string_view text);

/// Adds the character of that number, which is at most U+10FFFF.
SMTPD_API void append_utf8(std::string& into, std::uint32_t code);

/// What a text that goes out may be made of.
enum class Charset { ascii, utf8 };
/// Replaces by '?' each octet from `from` on that does not belong there: above 127, or in utf8 what
/// is no well-formed character.
SMTPD_API void restrict_to(Charset charset, std::string& text, std::size_t from = 0);

}  // namespace smtpd
