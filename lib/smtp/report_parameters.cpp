#include "lib/smtp/report_parameters.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "lib/base/hex.hpp"
#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"

namespace smtpd {
namespace {

std::unexpected<Error> syntax(std::string what) {
  return std::unexpected(Error{Errc::syntax, std::move(what)});
}

/// Upper case only (RFC 3461 4).
int xtext_digit(char c) { return is_lower(c) ? -1 : hex_value(c); }

bool is_atom(std::string_view text) {  // RFC 3461 4.2, addr-type
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
}

struct Occasion {
  std::string_view name;
  bool RecipientReport::* member;
};
constexpr auto occasions = std::array{
    Occasion{"NEVER", &RecipientReport::never},
    Occasion{"SUCCESS", &RecipientReport::success},
    Occasion{"FAILURE", &RecipientReport::failure},
    Occasion{"DELAY", &RecipientReport::delay},
};

}  // namespace

std::string encode_xtext(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (c > ' ' && c <= '~' && c != '+' && c != '=')
      encoded += c;
    else
      append_hex(encoded += '+', c, upper_hex_digits);
  }
  return encoded;
}

std::string original_recipient(std::string_view mailbox) {
  if (is_ascii(mailbox)) return "rfc822;" + encode_xtext(mailbox);
  std::string value = "utf-8;";
  for (const char c : mailbox) {
    const bool is_escaped = c == '+' || c == '=' || c == '\\' || c == ' ';
    if (!is_escaped) {
      value += c;
      continue;
    }
    append_hex(value += "\\x{", c, upper_hex_digits);
    value += '}';
  }
  return value;
}

std::expected<std::string, Error> decode_xtext(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c <= ' ' || c > '~' || c == '=') return syntax("is no xtext");
    if (c == '+') {
      const int high = i + 2 < text.size() ? xtext_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? xtext_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return syntax("has a + without two hexadecimal digits behind it");
      c = static_cast<char>(high * 16 + low);
      if (c < ' ' || c > '~') return syntax("has an octet in it that is not printable ASCII");
      i += 2;
    }
    decoded += c;
  }
  return decoded;
}

std::expected<MailReport::Return, Error> parse_ret(std::string_view value) {
  if (equal_ignoring_case(value, "FULL")) return MailReport::Return::full;
  if (equal_ignoring_case(value, "HDRS")) return MailReport::Return::headers;
  return syntax("RET is FULL or HDRS");
}

std::expected<std::string, Error> parse_envelope_id(std::string_view value) {
  if (value.empty()) return syntax("ENVID needs a value");
  if (value.size() > max_envelope_id)
    return std::unexpected(Error{Errc::too_long, "ENVID is longer than 100 octets"});
  auto decoded = decode_xtext(value);
  if (!decoded) return syntax("ENVID " + decoded.error().what);
  return decoded;
}

std::expected<RecipientReport, Error> parse_notify(std::string_view value, RecipientReport report) {
  for (const std::string_view word : split(value, ',')) {
    const auto found = std::ranges::find_if(
        occasions, [&](const Occasion& each) { return equal_ignoring_case(each.name, word); });
    if (found == occasions.end())
      return syntax("NOTIFY is NEVER or a list of SUCCESS, FAILURE and DELAY");
    if (report.never || (found->member == &RecipientReport::never && report.said))
      return syntax("NOTIFY has NEVER alone");
    if (std::exchange(report.*found->member, true)) return syntax("NOTIFY has a word twice");
    report.said = true;
  }
  return report;
}

std::expected<RecipientReport, Error> parse_original_recipient(std::string_view value,
                                                               RecipientReport report) {
  if (value.size() > max_original_recipient)
    return std::unexpected(Error{Errc::too_long, "ORCPT is longer than 500 octets"});
  const auto semicolon = value.find(';');
  if (semicolon == value.npos || !is_atom(value.substr(0, semicolon)) ||
      semicolon + 1 == value.size())
    return syntax("ORCPT is TYPE;ADDRESS");
  const std::string type = lower(value.substr(0, semicolon));
  const std::string_view sent = value.substr(semicolon + 1);
  // UTF-8 as it is: utf-8-addr-unitext (RFC 6533 3), in which + is no sign.
  auto address = type == "utf-8" && !is_ascii(sent) ? std::string(sent) : decode_xtext(sent);
  if (!address) return syntax("ORCPT " + address.error().what);
  report.original_type = type;
  report.original_address = std::move(*address);
  return report;
}

}  // namespace smtpd
