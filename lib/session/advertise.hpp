#pragma once
/// What EHLO offers (RFC 5321 4.1.1.1), and what is offered to some clients only: REQUIRETLS
/// (RFC 8689) and early pipelining (draft-harris-early-pipe).
#include <cstddef>
#include <string>

#include "lib/host/host.hpp"
#include "lib/session/auth.hpp"
#include "lib/session/limits.hpp"
#include "lib/smtp/reply.hpp"

namespace smtpd {

/// Octets of text in a line of EHLO's answer, without `250-` and CRLF. What went to a line of its
/// own would be a keyword.
inline constexpr std::size_t longest_hello_line = max_reply_line - 4 - 2;

/// True if the client may ask for REQUIRETLS. A list of clients that cannot be understood is logged
/// and offers nothing, here and below.
bool offers_require_tls(const Host& host);
/// True if the client may send EHLO before the greeting, and commands before EHLO's answer.
bool invites_early(const Host& host);

/// When commands may be sent before earlier ones are answered: from EHLO's answer on (RFC 2920), or
/// at once.
enum class Pipelining { usual, early };
/// The lines of EHLO's answer behind its first, each after an LF.
std::string capabilities(Host& host, const Limits& limits, Authenticator& auth,
                         Pipelining pipelining);

}  // namespace smtpd
