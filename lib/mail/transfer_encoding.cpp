#include "lib/mail/transfer_encoding.hpp"

#include "lib/base/base64.hpp"
#include "lib/base/hex.hpp"
#include "lib/base/text.hpp"

namespace smtpd {
namespace {

constexpr std::size_t longest_held = 1000;  // blanks at the end of a line; lines are no longer

bool is_space(char c) { return is_blank(c) || c == '\r'; }

}  // namespace

TransferEncoding to_transfer_encoding(std::string_view value) {
  value = trim(value);
  while (value.starts_with('(')) {
    const auto end = value.find(')');
    if (end == value.npos) break;
    value = trim(value.substr(end + 1));
  }
  if (value.starts_with('"')) value.remove_prefix(1);
  const std::string_view word = value.substr(0, value.find_first_of(" \t\r\n;(\""));
  if (equal_ignoring_case(word, "base64")) return TransferEncoding::base64;
  if (equal_ignoring_case(word, "quoted-printable")) return TransferEncoding::quoted_printable;
  return TransferEncoding::identity;
}

std::string TransferDecoder::decode(std::string_view piece) {
  if (encoding_ == TransferEncoding::identity) return std::string(piece);
  std::string decoded;
  decoded.reserve(piece.size());
  for (const char c : piece) {
    if (encoding_ == TransferEncoding::base64) {
      add_base64(c, decoded);
    } else {
      add_quoted_printable(c, decoded);
    }
  }
  return decoded;
}

std::string TransferDecoder::finish() {
  std::string rest = has_digit() ? held_ : "";
  held_.clear();
  bit_count_ = 0;
  return rest;
}

void TransferDecoder::add_base64(char c, std::string& into) {
  if (c == '=') {
    bit_count_ = 0;  // what is left are no octets
    return;
  }
  const std::uint32_t value = base64_value(c);
  if (value > 63) return;
  bits_ = bits_ << 6 | value;
  bit_count_ += 6;
  if (bit_count_ < 8) return;
  bit_count_ -= 8;
  into += static_cast<char>(bits_ >> bit_count_ & 0xff);
}

bool TransferDecoder::has_digit() const {
  return held_.size() == 2 && held_.front() == '=' && !is_space(held_.back());
}

bool TransferDecoder::goes_on(char c, std::string& into) {
  if (c == '\n') {
    if (has_digit()) into += held_;
    if (has_digit() || held_.front() != '=') into += '\n';  // else it is a soft line break
    held_.clear();
    return true;
  }
  if (has_digit()) {
    if (hex_value(c) < 0) return false;
    into += static_cast<char>(hex_value(held_.back()) << 4 | hex_value(c));
    held_.clear();
    return true;
  }
  const bool belongs =
      is_space(c) ? held_.size() < longest_held : held_ == "=" && hex_value(c) >= 0;
  if (belongs) held_ += c;
  return belongs;
}

void TransferDecoder::add_quoted_printable(char c, std::string& into) {
  if (!held_.empty()) {
    if (goes_on(c, into)) return;
    into += held_;
    held_.clear();
  }
  if (c == '=' || is_space(c)) {
    held_ = c;
  } else {
    into += c;
  }
}

}  // namespace smtpd
