#pragma once
/// Replies with an enhanced status code for plugins: `return dsn::no_such_user("no mailbox here by
/// that name")` is DENY with the text `no mailbox here by that name (#5.1.1)` (RFC 3463; qpsmtpd's
/// Qpsmtpd::DSN).
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/smtp/result.hpp"

namespace smtpd::dsn {

/// A row of the table below, called like a function.
struct Status {
  Verdict verdict = Verdict::declined;
  int subject = 0, detail = 0;
  std::string_view text;

  /// `text (#C.S.D)`, by default with this status' text and verdict. The class C is the verdict's:
  /// 5 for DENY and DENY_DISCONNECT, 2 for OK and DONE, otherwise 4.
  SMTPD_API Result operator()(std::string own_text = {},
                              std::optional<Verdict> own_verdict = {}) const;
};

/// Trouble of our own: `text (#4.3.1)` if the error is that no room is left, else `text (#4.3.0)`.
/// Becomes 452 or 451.
SMTPD_API Result trouble(std::string text, const Error& error);

// clang-format off
inline constexpr Status unspecified{Verdict::denysoft, 0, 0, "Other or Undefined Status"};
inline constexpr Status addr_unspecified{Verdict::denysoft, 1, 0, "Other address status."};
inline constexpr Status no_such_user{Verdict::deny, 1, 1, "No such user"};
inline constexpr Status addr_bad_dest_mbox{Verdict::deny, 1, 1, "Bad destination mailbox address."};
inline constexpr Status addr_bad_dest_system{Verdict::deny, 1, 2, "Bad destination system address."};
inline constexpr Status addr_bad_dest_syntax{Verdict::deny, 1, 3, "Bad destination mailbox address syntax."};
inline constexpr Status addr_dest_ambiguous{Verdict::denysoft, 1, 4, "Destination mailbox address ambiguous."};
inline constexpr Status addr_rcpt_ok{Verdict::ok, 1, 5, "Destination address valid."};
inline constexpr Status addr_mbox_moved{Verdict::deny, 1, 6, "Destination mailbox has moved, No forwarding address."};
inline constexpr Status addr_bad_from_syntax{Verdict::deny, 1, 7, "Bad sender's mailbox address syntax."};
inline constexpr Status addr_bad_from_system{Verdict::deny, 1, 8, "Bad sender's system address."};
inline constexpr Status mbox_unspecified{Verdict::denysoft, 2, 0, "Other or undefined mailbox status."};
inline constexpr Status mbox_disabled{Verdict::deny, 2, 1, "Mailbox disabled, not accepting messages."};
inline constexpr Status mbox_full{Verdict::denysoft, 2, 2, "Mailbox full."};
inline constexpr Status mbox_msg_too_long{Verdict::deny, 2, 3, "Message length exceeds administrative limit."};
inline constexpr Status mbox_list_expansion_problem{Verdict::denysoft, 2, 4, "Mailing list expansion problem."};
inline constexpr Status sys_unspecified{Verdict::denysoft, 3, 0, "Other or undefined mail system status."};
inline constexpr Status sys_disk_full{Verdict::denysoft, 3, 1, "Mail system full."};
inline constexpr Status sys_not_accepting_mail{Verdict::denysoft, 3, 2, "System not accepting network messages."};
inline constexpr Status sys_not_supported{Verdict::denysoft, 3, 3, "System not capable of selected features."};
inline constexpr Status sys_msg_too_big{Verdict::deny, 3, 4, "Message too big for system."};
inline constexpr Status net_unspecified{Verdict::denysoft, 4, 0, "Other or undefined network or routing status."};
inline constexpr Status temp_resolver_failed{Verdict::denysoft, 4, 3, "Temporary address resolution failure"};
inline constexpr Status net_directory_server_failed{Verdict::denysoft, 4, 3, "Directory server failure."};
inline constexpr Status net_system_congested{Verdict::denysoft, 4, 5, "Mail system congestion."};
inline constexpr Status net_routing_loop{Verdict::deny, 4, 6, "Routing loop detected."};
inline constexpr Status too_many_hops{Verdict::deny, 4, 6, "Too many hops"};
inline constexpr Status proto_unspecified{Verdict::denysoft, 5, 0, "Other or undefined protocol status."};
inline constexpr Status proto_invalid_command{Verdict::deny, 5, 1, "Invalid command."};
inline constexpr Status proto_syntax_error{Verdict::deny, 5, 2, "Syntax error."};
inline constexpr Status proto_rcpt_list_too_long{Verdict::denysoft, 5, 3, "Too many recipients."};
inline constexpr Status too_many_rcpts{Verdict::denysoft, 5, 3, "Too many recipients."};
inline constexpr Status proto_invalid_cmd_args{Verdict::deny, 5, 4, "Invalid command arguments."};
inline constexpr Status proto_wrong_version{Verdict::denysoft, 5, 5, "Wrong protocol version."};
inline constexpr Status media_unspecified{Verdict::denysoft, 6, 0, "Other or undefined media error."};
inline constexpr Status media_unsupported{Verdict::deny, 6, 1, "Media not supported."};
inline constexpr Status media_conv_prohibited{Verdict::deny, 6, 2, "Conversion required and prohibited."};
inline constexpr Status media_conv_unsupported{Verdict::denysoft, 6, 3, "Conversion required but not supported."};
inline constexpr Status media_conv_lossy{Verdict::denysoft, 6, 4, "Conversion with loss performed."};
inline constexpr Status sec_unspecified{Verdict::denysoft, 7, 0, "Other or undefined security status."};
inline constexpr Status sec_sender_unauthorized{Verdict::deny, 7, 1, "Delivery not authorized, message refused."};
inline constexpr Status bad_sender_ip{Verdict::deny, 7, 1, "Bad sender's IP"};
inline constexpr Status relaying_denied{Verdict::deny, 7, 1, "Relaying denied"};
inline constexpr Status sec_list_dest_prohibited{Verdict::deny, 7, 2, "Mailing list expansion prohibited."};
inline constexpr Status sec_conv_failed{Verdict::deny, 7, 3, "Security conversion required but not possible."};
inline constexpr Status sec_feature_unsupported{Verdict::deny, 7, 4, "Security features not supported."};
inline constexpr Status sec_crypto_failure{Verdict::deny, 7, 5, "Cryptographic failure."};
inline constexpr Status sec_crypto_algorithm_unsupported{Verdict::denysoft, 7, 6,
                                                         "Cryptographic algorithm not supported."};
inline constexpr Status sec_msg_integrity_failure{Verdict::deny, 7, 7, "Message integrity failure."};
// clang-format on

}  // namespace smtpd::dsn
