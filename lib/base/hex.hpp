#pragma once
/// Octets as hexadecimal digits. Here for modules too, which do not link lib/base/text.
#include <optional>
#include <string>
#include <string_view>

namespace smtpd {

inline constexpr std::string_view hex_digits = "0123456789abcdef";
inline constexpr std::string_view upper_hex_digits = "0123456789ABCDEF";

/// Adds the two digits of an octet.
inline void append_hex(std::string& into, char c, std::string_view digits = hex_digits) {
  const auto octet = static_cast<unsigned char>(c);
  into += digits[octet >> 4];
  into += digits[octet & 15];
}

/// Two digits an octet, in lower case.
inline std::string hex(std::string_view octets) {
  std::string text;
  text.reserve(2 * octets.size());
  for (const char c : octets) append_hex(text, c);
  return text;
}

/// The value of a digit in either case; -1 if it is none.
constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// The octet of the two digits that a text begins with; none if it does not begin so.
constexpr std::optional<char> hex_octet(std::string_view text) {
  if (text.size() < 2 || hex_value(text[0]) < 0 || hex_value(text[1]) < 0) return {};
  return static_cast<char>(hex_value(text[0]) << 4 | hex_value(text[1]));
}

/// `%XX` as octets (RFC 3986 2.1); what is no such thing stays.
inline std::string percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octet = text[i] == '%' ? hex_octet(text.substr(i + 1)) : std::nullopt;
    decoded += octet.value_or(text[i]);
    if (octet) i += 2;
  }
  return decoded;
}

}  // namespace smtpd
