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

// Of what others say; with more, a line could pass RFC 5322's 998 octets.
constexpr std::size_t longest_text = 255;

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

/// RFC 8601 2.2: a method with its version, a result, the name of a property.
std::string keyword(std::string_view text) {
  std::string word(text.substr(0, longest_text));
  std::ranges::replace_if(
      word,
      [](char c) { return !is_alnum(c) && std::string_view("-_./").find(c) == std::string::npos; },
      '-');
  return word;
}

/// Appends to the field's last line, or begins another one if it becomes long.
void append_folded(std::string& field, const std::string& text) {
  constexpr std::size_t long_line = 78;  // RFC 5322 2.1.1
  const std::size_t line = field.size() - (field.rfind('\n') + 1);
  field.append(line + 1 + text.size() > long_line ? "\n  " : " ").append(text);
}

void append_result(std::string& field, const AuthenticationResult& result) {
  const auto value = [](std::string_view text) {
    return printable(mime_value(text.substr(0, longest_text)));
  };
  field.append(";\n ").append(keyword(result.method)).append("=").append(keyword(result.result));
  if (!result.comment.empty())
    append_folded(field,
                  '(' + in_comment(std::string_view(result.comment).substr(0, longest_text)) + ')');
  if (!result.reason.empty()) append_folded(field, "reason=" + value(result.reason));
  for (const auto& property : result.properties)
    append_folded(field, keyword(property.name) + '=' + value(property.value));
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
  if (parts.session.empty()) {
    append_printable(text.append("from "), parts.info);
    append_comment(text.append(" (HELO "), parts.hello.substr(0, longest_text));
    text.append(") (").append(literal(parts.ip)).append(")");
  } else {
    append_comment(text.append("from authenticated (session "), parts.session);
    text += ')';
  }
  if (!parts.auth.empty()) text.append("\n ").append(parts.auth);
  text.append("\n by ").append(parts.me).append(" (").append(parts.software);
  text.append(") with ").append(parts.protocol);
  if (!parts.tls.empty()) append_printable(text.append(" "), parts.tls);
  if (!parts.id.empty()) text.append("\n id ").append(parts.id);
  if (!parts.recipient.empty()) append_printable(text.append("\n for "), parts.recipient);
  return text.append("; ").append(parts.date);
}

std::string auth_comment(std::string_view user, std::string_view mechanism) {
  const std::string name = user.empty() ? "" : "username " + in_comment(user) + ", ";
  return "(smtp-auth " + name + "mechanism " + in_comment(mechanism) + ')';
}

std::string authentication_results_value(std::string_view id,
                                         std::span<const AuthenticationResult> results) {
  std::string text(id);
  for (const AuthenticationResult& result : results) append_result(text, result);
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
