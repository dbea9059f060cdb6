#pragma once
/// The two lines of the log that a postmaster looks for: what was refused, and which message went
/// where. See doc/logging.md.
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/host/host.hpp"
#include "lib/smtp/reply.hpp"

namespace smtpd {

/// `host [192.0.2.7]` or `ident@host [192.0.2.7]`; `[192.0.2.7]` where there is no name.
std::string client_text(const Connection& conn);

/// `550 5.7.1`.
std::string codes_of(const Reply& reply);

struct RefusedThing {
  std::string_view what = {};        ///< `mail`, `rcpt`, `data`, `helo`, `connect`
  std::string_view said = {};        ///< by the client, behind its verb
  const Transaction* txn = nullptr;  ///< may be null
};
/// `refused: what=rcpt address=<x@evil.test> ... reply=550 5.7.1 ...` at the level notice. The
/// plugin is the one that has refused since Host::forget_refuser; none: the core.
void log_refusal(Host& host, const RefusedThing& refused, const Reply& reply);

struct AcceptedMessage {
  const Transaction& txn;
  std::uint64_t octets = 0;    ///< as it came
  milliseconds duration = {};  ///< since MAIL
};
/// `message: client=... reply=250 2.6.0 ...` at the level notice.
void log_message(Host& host, const AcceptedMessage& message, const Reply& reply);

}  // namespace smtpd
