#include "lib/mail/trace.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>

#include "lib/base/text.hpp"

namespace smtpd {
namespace {

constexpr std::size_t longest_hello =
    255;  // RFC 5321 4.5.3.1.2; with more, a line could pass RFC 5322's 998 octets

std::string two_digits(int value) {
  const std::string text = std::to_string(value);
  return text.size() < 2 ? '0' + text : text;
}

/// Fit for the inside of a comment: what a client says cannot end it or begin another.
std::string in_comment(std::string_view text) {
  std::string result = printable(text);
  std::ranges::replace_if(result, [](char c) { return c == '(' || c == ')' || c == '\\'; }, '?');
  return result;
}

/// Octets of an RFC 2045 token.
bool is_token_char(char c) {
  return c > ' ' && c < '\x7f' &&
         std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

}  // namespace

std::string mail_date(WallTime when) {
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t epoch = std::chrono::system_clock::to_time_t(when);
  std::tm local{};
  ::localtime_r(&epoch, &local);
  const long offset = std::labs(local.tm_gmtoff) / 60;
  std::string text;
  text.append(days[static_cast<std::size_t>(local.tm_wday)]).append(", ");
  text.append(two_digits(local.tm_mday))
      .append(" ")
      .append(months[static_cast<std::size_t>(local.tm_mon)]);
  text.append(" ").append(std::to_string(1900 + local.tm_year)).append(" ");
  text.append(two_digits(local.tm_hour)).append(":").append(two_digits(local.tm_min)).append(":");
  text.append(two_digits(local.tm_sec)).append(local.tm_gmtoff < 0 ? " -" : " +");
  text.append(two_digits(static_cast<int>(offset / 60)))
      .append(two_digits(static_cast<int>(offset % 60)));
  return text;
}

std::string literal(std::string_view ip) {
  return (ip.find(':') == ip.npos ? "" : "IPv6:") + std::string(ip);
}

std::string received_value(const ReceivedParts& parts) {
  std::string text = "from ";
  text.append(printable(parts.info))
      .append(" (HELO ")
      .append(in_comment(parts.hello.substr(0, longest_hello)))
      .append(") (");
  text.append(literal(parts.ip))
      .append(")\n by ")
      .append(parts.me)
      .append(" (")
      .append(parts.software);
  text.append(") with ").append(parts.protocol);
  if (!parts.tls.empty()) text.append(" ").append(printable(parts.tls));
  if (!parts.recipient.empty()) text.append("\n for ").append(printable(parts.recipient));
  return text.append("; ").append(parts.date);
}

std::string authentication_results_value(std::string_view id,
                                         std::span<const std::string> results) {
  std::string text(id);
  for (const std::string& result : results) text.append(";\n ").append(printable(result));
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
