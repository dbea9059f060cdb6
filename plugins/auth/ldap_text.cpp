#include "plugins/auth/ldap_text.hpp"

#include "lib/base/hex.hpp"
#include "lib/base/text.hpp"

namespace smtpd {
namespace {

/// `text` with `mark` and two digits in place of all but letters, digits and `plain`.
std::string escaped(std::string_view text, char mark, std::string_view plain) {
  std::string result;
  for (const char c : text) {
    if (is_alnum(c) || plain.find(c) != plain.npos)
      result += c;
    else
      result.append(1, mark).append(hex({&c, 1}));
  }
  return result;
}

}  // namespace

std::string ldap_value(std::string_view text) { return escaped(text, '\\', "-._@"); }
std::string ldapi_host(std::string_view path) { return escaped(path, '%', "-._"); }

LdapName ldap_name(std::string_view user) {
  const auto at = user.rfind('@');
  if (at == user.npos) return {.local = user};
  return {.local = user.substr(0, at), .domain = user.substr(at + 1)};
}

std::string ldap_dn(std::string_view pattern, const LdapName& name) {
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
