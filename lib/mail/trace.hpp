#pragma once
/// The fields that a receiving server writes on top of a message: Received (RFC 5321 4.4, RFC 3848)
/// and Authentication-Results (RFC 8601).
#include <span>
#include <string>
#include <string_view>

#include "lib/base/clock.hpp"
#include "lib/base/export.hpp"
#include "lib/mail/authentication_results.hpp"

namespace smtpd {

/// `Fri, 02 Jan 2026 03:04:05 +0000`, always in UTC (RFC 5322 3.3).
SMTPD_API std::string mail_date(WallTime when);

/// An address as an SMTP literal has it, without brackets: `192.0.2.1`, `IPv6:2001:db8::1` (RFC
/// 5321 4.1.3).
SMTPD_API std::string literal(std::string_view ip);

struct ReceivedParts {
  std::string_view info, hello, ip;  ///< of the client
  /// The session's id, which then stands in the place of all that; else empty.
  std::string_view session = {};
  std::string_view me, software;  ///< `mx.example.org`, `smtpd/1.0`
  std::string_view protocol;      ///< SMTP, ESMTP, ESMTPS ...
  std::string_view tls;           ///< `(CIPHER encrypted)`, or empty
  std::string_view auth = {};     ///< an auth_comment(), or empty
  std::string_view recipient;     ///< `<user@host>`; empty unless it is the only one
  std::string_view id = {};       ///< of the transaction
  std::string_view date;
};
/// The value of a Received field, folded.
SMTPD_API std::string received_value(const ReceivedParts& parts);

/// `(smtp-auth username USER, mechanism MECHANISM)`, for an empty user `(smtp-auth mechanism
/// MECHANISM)`; nothing in it ends the comment.
SMTPD_API std::string auth_comment(std::string_view user, std::string_view mechanism);

/// The value of an Authentication-Results field, folded before each result. Texts are cut at 255
/// octets, and nothing in them ends a value or begins another result.
SMTPD_API std::string authentication_results_value(std::string_view id,
                                                   std::span<const AuthenticationResult> results);
/// The authserv-id that an Authentication-Results value claims, without comments, lower case.
SMTPD_API std::string authentication_results_id(std::string_view value);
/// A text as RFC 2045 value: itself if it is a token, else a quoted string.
SMTPD_API std::string mime_value(std::string_view text);

}  // namespace smtpd
