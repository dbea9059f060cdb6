#pragma once
/// Octets as hexadecimal digits.
#include <string>
#include <string_view>

namespace smtpd {

/// Two digits an octet, in lower case. Here for modules too, which do not link lib/base/text.
inline std::string hex(std::string_view octets) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * octets.size());
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    text += digits[octet >> 4];
    text += digits[octet & 15];
  }
  return text;
}

}  // namespace smtpd
