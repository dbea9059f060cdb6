#pragma once
/// What a user's name becomes in distinguished names (RFC 4514), search filters (RFC 4515) and URIs
/// of directories (RFC 3986).
#include <string>
#include <string_view>

namespace smtpd {

/// `text` as a value in a distinguished name or in a filter: whatever is no letter, digit or one of
/// `-._@` becomes a backslash and two digits, which both forms take for any octet.
std::string ldap_value(std::string_view text);

/// The path of a socket as the host of an `ldapi` URI.
std::string ldapi_host(std::string_view path);

/// A user's name: what stands before the last `@` and what stands behind it.
struct LdapName {
  std::string_view local, domain = {};
};
LdapName ldap_name(std::string_view user);

/// `pattern` with the name in place of `%u` (before the `@`), `%d` (behind it) and `%%`.
std::string ldap_dn(std::string_view pattern, const LdapName& name);

}  // namespace smtpd
