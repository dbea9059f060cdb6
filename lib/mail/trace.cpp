#include "lib/mail/trace.hpp"

#include <algorithm>
#include <chrono>
#include <concepts>
#include <ranges>
#include <span>

#include "lib/base/text.hpp"
#include "lib/base/utc.hpp"

namespace smtpd {
namespace {

constexpr std::size_t longest_hello =
    255;  // RFC 5321 4.5.3.1.2; with more, a line could pass RFC 5322's 998 octets

/// `value` in decimal, with as many digits as there is room for.
void put_digits(std::span<char> digits, std::integral auto value) {
  for (char& digit : std::views::reverse(digits)) {
    digit = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

/// Fit for the inside of a comment: what a client says cannot end it or begin another.
void append_comment(std::string& into, std::string_view text) {
  const auto begin = static_cast<std::ptrdiff_t>(into.size());
  append_printable(into, text);
  std::replace_if(
      into.begin() + begin, into.end(), [](char c) { return c == '(' || c == ')' || c == '\\'; },
      '?');
}

std::string in_comment(std::string_view text) {
  std::string result;
  append_comment(result, text);
  return result;
}

/// Octets of an RFC 2045 token.
bool is_token_char(char c) {
  return c > ' ' && c < '\x7f' &&
         std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

}  // namespace

std::string mail_date(WallTime when) {
  constexpr std::string_view days = "SunMonTueWedThuFriSat";
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::tm parts = utc(when);
  std::string text = "Thu, 01 Jan 1970 00:00:00 +0000";
  const std::span<char> all(text);
  std::ranges::copy(days.substr(static_cast<std::size_t>(parts.tm_wday) * 3, 3), all.begin());
  put_digits(all.subspan(5, 2), parts.tm_mday);
  std::ranges::copy(months.substr(static_cast<std::size_t>(parts.tm_mon) * 3, 3), all.begin() + 8);
  put_digits(all.subspan(12, 4), parts.tm_year + 1900);
  put_digits(all.subspan(17, 2), parts.tm_hour);
  put_digits(all.subspan(20, 2), parts.tm_min);
  put_digits(all.subspan(23, 2), parts.tm_sec);
  return text;
}

std::string literal(std::string_view ip) {
  return (ip.find(':') == ip.npos ? "" : "IPv6:") + std::string(ip);
}

std::string received_value(const ReceivedParts& parts) {
  std::string text;
  text.reserve(256);
  append_printable(text.append("from "), parts.info);
  append_comment(text.append(" (HELO "), parts.hello.substr(0, longest_hello));
  text.append(") (").append(literal(parts.ip)).append(")");
  if (!parts.auth.empty()) text.append("\n ").append(parts.auth);
  text.append("\n by ").append(parts.me).append(" (").append(parts.software);
  text.append(") with ").append(parts.protocol);
  if (!parts.tls.empty()) append_printable(text.append(" "), parts.tls);
  if (!parts.recipient.empty()) append_printable(text.append("\n for "), parts.recipient);
  return text.append("; ").append(parts.date);
}

std::string auth_comment(std::string_view user, std::string_view mechanism) {
  return "(smtp-auth username " + in_comment(user) + ", mechanism " + in_comment(mechanism) + ')';
}

std::string authentication_results_value(std::string_view id,
                                         std::span<const std::string> results) {
  std::string text(id);
  for (const std::string& result : results) append_printable(text.append(";\n "), result);
  return text;
}

std::string authentication_results_id(std::string_view value) {
  std::string id;
  int depth = 0;  // of comments, which nest
  bool quoted = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (c == '\\' && (quoted || depth > 0) && i + 1 < value.size()) {
      ++i;
      if (depth == 0) id += value[i];
    } else if (depth > 0) {
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (quoted) {
      id += c;
    } else if (c == '(') {
      depth = 1;
    } else if (c == ';') {
      break;
    } else if (!is_blank(c) && !is_control(c)) {
      id += c;
    } else if (!id.empty()) {
      break;  // behind the id may stand a version
    }
  }
  return lower(id);
}

std::string mime_value(std::string_view text) {
  if (!text.empty() && std::ranges::all_of(text, is_token_char)) return std::string(text);
  std::string result = "\"";
  for (const char c : text) {
    if (is_control(c)) continue;
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

}  // namespace smtpd
