#pragma once
/// What MAIL and RCPT say about delivery reports (RFC 3461 4).
#include <expected>
#include <string>
#include <string_view>

#include "lib/base/error.hpp"

namespace smtpd {

/// Of MAIL: what a report about the message is to hold.
struct MailReport {
  enum class Return { unsaid, full, headers } ret = Return::unsaid;  ///< RET
  /// ENVID, decoded: printable ASCII and blanks; empty if there was none.
  std::string envelope_id = {};
};

/// Of RCPT: when a report is wanted, and about whom.
struct RecipientReport {
  /// NOTIFY. Nothing said is failure and perhaps delay, as the server likes (RFC 3461 4.1).
  bool said = false;
  bool never = false;  ///< no report whatever happens; the others are false then
  bool success = false, failure = false, delay = false;
  /// ORCPT: `rfc822` or another type of address in lower case, and the address, decoded; empty if
  /// there was none.
  std::string original_type = {}, original_address = {};
};

/// Lengths of values as they are sent, which are xtext.
inline constexpr std::size_t max_envelope_id = 100;         // RFC 3461 4.4
inline constexpr std::size_t max_original_recipient = 500;  // RFC 3461 4.2

/// FULL or HDRS, in any case. Errors here and below: syntax, too_long, with a sentence for the
/// client.
std::expected<MailReport::Return, Error> parse_ret(std::string_view value);
/// ENVID's xtext, decoded.
std::expected<std::string, Error> parse_envelope_id(std::string_view value);
/// NEVER alone, or a list of SUCCESS, FAILURE and DELAY, each once; into `report`'s flags.
std::expected<RecipientReport, Error> parse_notify(std::string_view value, RecipientReport report);
/// `type;xtext`, into `report`'s original recipient; with the type utf-8 also UTF-8 as it is, which
/// the caller has looked at (RFC 6533 3).
std::expected<RecipientReport, Error> parse_original_recipient(std::string_view value,
                                                               RecipientReport report);
/// A value of ORCPT for a mailbox: `rfc822;xtext`, or `utf-8;...` for one that is not ASCII (RFC
/// 6533 3). It may be longer than ORCPT may be.
std::string original_recipient(std::string_view mailbox);
/// What xtext stands for (RFC 3461 4): printable ASCII and blanks. Errors: syntax.
std::expected<std::string, Error> decode_xtext(std::string_view text);
/// Any octets as xtext.
std::string encode_xtext(std::string_view text);

}  // namespace smtpd
