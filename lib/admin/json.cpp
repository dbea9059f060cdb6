#include "lib/admin/json.hpp"

#include <cstdint>

namespace smtpd {
namespace {

/// Octets of the UTF-8 character (RFC 3629) that `text` begins with; 0 if it begins with none.
std::size_t character_length(std::string_view text) {
  const auto octet = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = octet(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((octet(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned second = octet(1);
  const bool is_overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool is_beyond = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
  return is_overlong || is_beyond ? 0 : length;
}

std::string escape(unsigned char octet) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string text = "\\u00";
  text += hex[octet >> 4];
  text += hex[octet & 15];
  return text;
}

}  // namespace

std::string to_json(std::string_view text) {
  std::string result = "\"";
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const auto octet = static_cast<unsigned char>(text[0]);
    if (length == 0) {
      result += "\\ufffd";
    } else if (octet == '"' || octet == '\\') {
      (result += '\\') += text[0];
    } else if (octet < ' ' || octet == 0x7f) {
      result += escape(octet);
    } else {
      result += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return result + '"';
}

}  // namespace smtpd
