#include "lib/base/base64.hpp"

namespace smtpd {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string to_base64(std::string_view octets) {
  std::string text;
  text.reserve((octets.size() + 2) / 3 * 4);
  while (!octets.empty()) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      const char octet = i < octets.size() ? octets[i] : '\0';
      group = group << 8 | static_cast<unsigned char>(octet);
    }
    const std::size_t digits = octets.size() < 3 ? octets.size() + 1 : 4;
    for (std::size_t i = 0; i < 4; ++i)
      text += i < digits ? alphabet[group >> (18 - 6 * i) & 63] : '=';
    octets.remove_prefix(octets.size() < 3 ? octets.size() : 3);
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return {};
  std::string octets;
  octets.reserve(text.size() / 4 * 3);
  for (; !text.empty(); text.remove_prefix(4)) {
    std::size_t digits = 4;
    if (text.size() == 4 && text.ends_with('=')) digits = text.ends_with("==") ? 2 : 3;
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const std::uint32_t value = i < digits ? base64_value(text[i]) : 0;
      if (value > 63) return {};
      group = group << 6 | value;
    }
    const std::size_t whole = digits - 1;  // octets
    if ((group & ((1U << (24 - 8 * whole)) - 1)) != 0) return {};
    for (std::size_t i = 0; i < whole; ++i)
      octets += static_cast<char>(group >> (16 - 8 * i) & 255);
  }
  return octets;
}

}  // namespace smtpd
