#pragma once
/// What a user's name becomes in distinguished names (RFC 4514), search filters (RFC 4515) and URIs
/// of directories (RFC 3986).
#include <string>
#include <string_view>

#include "lib/base/text.hpp"

namespace smtpd {

inline void append_octet(std::string& into, char mark, char octet) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(octet);
  into.append({mark, digits[value >> 4], digits[value & 15]});
}

/// `text` as a value in a distinguished name or in a filter: whatever is no letter, digit or one of
/// `-._@` becomes a backslash and two digits, which both forms take for any octet.
inline std::string ldap_value(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (is_alnum(c) || std::string_view("-._@").find(c) != std::string_view::npos)
      result += c;
    else
      append_octet(result, '\\', c);
  }
  return result;
}

/// The path of a socket as the host of an `ldapi` URI.
inline std::string ldapi_host(std::string_view path) {
  std::string result;
  for (const char c : path) {
    if (is_alnum(c) || c == '-' || c == '.' || c == '_')
      result += c;
    else
      append_octet(result, '%', c);
  }
  return result;
}

/// A user's name: what stands before the last `@` and what stands behind it.
struct LdapName {
  std::string_view local, domain = {};
};
inline LdapName ldap_name(std::string_view user) {
  const auto at = user.rfind('@');
  if (at == user.npos) return {.local = user};
  return {.local = user.substr(0, at), .domain = user.substr(at + 1)};
}

/// `pattern` with the name in place of `%u` (before the `@`), `%d` (behind it) and `%%`.
inline std::string ldap_dn(std::string_view pattern, const LdapName& name) {
  std::string result;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    if (pattern[i] != '%' || (next != 'u' && next != 'd' && next != '%')) {
      result += pattern[i];
      continue;
    }
    ++i;
    result += next == '%' ? "%" : ldap_value(next == 'u' ? name.local : name.domain);
  }
  return result;
}

}  // namespace smtpd
