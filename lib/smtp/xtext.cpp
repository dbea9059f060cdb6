#include "lib/smtp/xtext.hpp"

namespace smtpd {
namespace {

/// RFC 3461 4 has capitals only. -1: none.
int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

std::optional<std::string> decode_xtext(std::string_view text) {
  std::string octets;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c < '!' || c > '~' || c == '=') return {};
    if (c != '+') {
      octets += c;
      continue;
    }
    if (text.size() - at < 3) return {};
    const int high = hex_digit(text[at + 1]), low = hex_digit(text[at + 2]);
    if (high < 0 || low < 0) return {};
    octets += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return octets;
}

}  // namespace smtpd
