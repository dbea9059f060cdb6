#pragma once
/// Mail addresses as SMTP paths (RFC 5321 4.1.2, 4.1.3, 4.5.3.1.1-3).
#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"

namespace smtpd {

/// Octets of a path with its brackets (RFC 5321 4.5.3.1.3).
inline constexpr std::size_t longest_path = 256;

/// An SMTP path without its brackets; the null reverse-path <> is `Address()`.
class SMTPD_API Address {
 public:
  /// strict: RFC 5321 4.1.2. lenient: also a local part that begins with an atom character and goes
  /// on with any printable ASCII but '<' and '>', such as `<ask @perl.org>` or
  /// `<foo..bar@example.com>`, and a domain with '_' in its labels or a dot at its end, which is
  /// taken off.
  enum class Grammar { strict, lenient };

  Address() = default;
  /// `<user@host>`, `<>`, `<postmaster>` (any case). Source routes are dropped (RFC 5321 C).
  /// A local part may be as long as its path lets it; RFC 5321 4.5.3.1.1 has 64 octets, 4.5.3.1
  /// asks to do without. Errors: syntax, too_long; their text is a sentence for the client.
  static std::expected<Address, Error> parse(std::string_view path,
                                             Grammar grammar = Grammar::strict,
                                             std::size_t longest_local_part = longest_path);

  /// The same for a path with well-formed UTF-8 in it (RFC 6531 3.3): in the local part as it is,
  /// but for characters that hide others; a domain's labels become A-labels. Further errors: config
  /// (libidn2 cannot be loaded).
  static std::expected<Address, Error> parse_utf8(std::string_view path, Grammar grammar,
                                                  std::size_t longest_local_part = longest_path);

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
  /// The address without its detail: with the delimiter `+`, that of `anna+shop@example.com` is
  /// `anna@example.com`, and `shop` is the detail. None without the delimiter; it never stands at
  /// the first octet.
  std::optional<Address> without_detail(char delimiter) const;
  /// user@host without quotes; `postmaster`; empty for the null path.
  std::string plain() const;
  /// user@host with the local part quoted where RFC 5321 wants it: `"foo\ bar"@example.com`.
  std::string mailbox() const;
  /// The same in brackets.
  std::string text() const;
  friend bool operator==(const Address&, const Address&) = default;

 private:
  Address(std::string user, std::string host);
  enum class Octets { ascii, utf8 };
  struct Rules {
    Grammar grammar = Grammar::strict;
    Octets octets = Octets::ascii;
    std::size_t longest_local_part = longest_path;
  };
  static std::expected<Address, Error> parse_path(std::string_view path, const Rules& rules);

  std::string user_, host_;
};

}  // namespace smtpd
