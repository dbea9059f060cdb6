#pragma once
/// Mail addresses as SMTP paths (RFC 5321 4.1.2, 4.1.3, 4.5.3.1.1-3).
#include <expected>
#include <string>
#include <string_view>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"

namespace smtpd {

/// An SMTP path without its brackets; the null reverse-path <> is `Address()`.
class SMTPD_API Address {
 public:
  /// strict: RFC 5321 4.1.2. lenient: also a local part that begins with an atom character and goes
  /// on with any printable ASCII but '<' and '>', such as `<ask @perl.org>` or
  /// `<foo..bar@example.com>`; never another domain.
  enum class Grammar { strict, lenient };

  Address() = default;
  /// `<user@host>`, `<>`, `<postmaster>` (any case). Source routes are dropped (RFC 5321 C).
  /// Errors: syntax, too_long; their text is a sentence for the client.
  static std::expected<Address, Error> parse(std::string_view path,
                                             Grammar grammar = Grammar::strict);

  /// The same for a path with well-formed UTF-8 in it (RFC 6531 3.3): in the local part as it is,
  /// but for characters that hide others; a domain's labels become A-labels. Further errors: config
  /// (libidn2 cannot be loaded).
  static std::expected<Address, Error> parse_utf8(std::string_view path, Grammar grammar);

  bool is_null() const { return user_.empty() && host_.empty(); }
  /// The local part, unquoted, case kept (`postmaster` without a host in lower case).
  const std::string& user() const { return user_; }
  /// In lower case and A-labels; empty for <postmaster>; a literal keeps its brackets:
  /// `[192.0.2.1]`,
  /// `[IPv6:2001:db8::1]`.
  const std::string& host() const { return host_; }
  /// The host, or `own` for <postmaster>, which has none (RFC 5321 4.1.1.3).
  std::string host_or(std::string_view own) const {
    return host_.empty() ? std::string(own) : host_;
  }
  /// user@host without quotes; `postmaster`; empty for the null path.
  std::string plain() const;
  /// `<user@host>` with the local part quoted where RFC 5321 wants it: `<"foo\ bar"@example.com>`.
  std::string text() const;
  friend bool operator==(const Address&, const Address&) = default;

 private:
  Address(std::string user, std::string host);
  /// Both.
  enum class Octets { ascii, utf8 };
  static std::expected<Address, Error> parse_octets(std::string_view path, Grammar grammar,
                                                    Octets octets);

  std::string user_, host_;
};

}  // namespace smtpd
