#pragma once
/// Base64 (RFC 4648 4) as SMTP's authentication has it: no line ends, padding required.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/export.hpp"

namespace smtpd {

/// The value of a digit, 0 to 63; 64 for an octet that is none.
constexpr std::uint32_t base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<std::uint32_t>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a' + 26);
  if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0' + 52);
  return c == '+' ? 62 : c == '/' ? 63 : 64;
}

/// With padding, in one line.
SMTPD_API std::string to_base64(std::string_view octets);
/// The octets that have exactly this encoding; none for any other text: white space, missing or
/// early padding, bits left over.
SMTPD_API std::optional<std::string> from_base64(std::string_view text);

}  // namespace smtpd
