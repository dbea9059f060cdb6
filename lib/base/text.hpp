#pragma once
/// Text helpers that know no locale: ASCII case, trimming, splitting, numbers, octets made
/// harmless.
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/export.hpp"

namespace smtpd {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_alpha(char c) { return is_upper(c) || is_lower(c); }
constexpr bool is_alnum(char c) { return is_alpha(c) || is_digit(c); }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
/// Octets 0-31 and 127.
constexpr bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }
constexpr char to_lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr char to_upper(char c) { return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c; }

SMTPD_API std::string lower(std::string_view text);
SMTPD_API bool equal_ignoring_case(std::string_view a, std::string_view b);
SMTPD_API bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);
/// Without white space (blank, tab, CR, LF, VT, FF) at both ends; a view into `text`.
SMTPD_API std::string_view trim(std::string_view text);
/// The words between runs of blanks and tabs; views into `text`.
SMTPD_API std::vector<std::string_view> words(std::string_view text);
/// The pieces between each `separator`, empty ones too; views into `text`.
SMTPD_API std::vector<std::string_view> split(std::string_view text, char separator);
/// A decimal number that fills the text and fits; nothing else (no sign, no blank).
SMTPD_API std::optional<std::uint64_t> to_number(std::string_view text);
/// The last octal digits of a mode: `0750`, with three digits `750`.
SMTPD_API std::string octal(unsigned mode, unsigned digits);
/// The words that to_flag takes.
inline constexpr std::array<std::string_view, 8> flag_words{"0", "no",  "false", "off",
                                                            "1", "yes", "true",  "on"};
/// True or false for one of these words in any case; none for any other text.
SMTPD_API std::optional<bool> to_flag(std::string_view text);
/// True if all of it is printable ASCII.
SMTPD_API bool is_plain(std::string_view text);
/// `text` with every octet of a control character replaced by '?' (ASCII's, and in UTF-8 U+0080 to
/// U+009F, separators of lines and marks of writing direction): for replies, log lines and header
/// fields.
SMTPD_API std::string printable(std::string_view text);
/// The same, behind `into`.
SMTPD_API void append_printable(std::string& into, std::string_view text);
/// The candidate with the smallest edit distance to `word`, if it is near enough to be what was
/// meant; else empty.
SMTPD_API std::string_view nearest(std::string_view word,
                                   std::span<const std::string_view> candidates);

}  // namespace smtpd
