#pragma once
/// What a session comes to: counted while it goes on, bounded, and one line about it at its end.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/clock.hpp"
#include "lib/host/refusals.hpp"
#include "lib/plugin/connection.hpp"
#include "lib/services/log.hpp"
#include "lib/session/limits.hpp"
#include "lib/smtp/reply.hpp"

namespace smtpd {

/// Why a session ends.
enum class SessionEnd {
  dropped,   ///< the client went away
  quit,      ///< QUIT
  timeout,   ///< the client was silent, or the session's time was over
  closed,    ///< by this server: a plugin's refusal, a limit, HTTP
  sigterm,   ///< by this server, which was asked to stop
  tls,       ///< a TLS handshake failed
  error,     ///< the system could not read from the client
  config,    ///< by this server: a limit in the configuration is no number
  internal,  ///< by this server, in which something failed
};

class Tally {
 public:
  /// Of a session that begins then.
  explicit Tally(SteadyTime began) : began_(began) {}

  std::uint64_t good = 0, bad = 0;  ///< command lines; bad ones got a 4xx or a 5xx
  std::size_t junk = 0;             ///< commands that did nothing, since the last message
  std::size_t errors = 0;           ///< 4xx and 5xx replies
  std::string sender = {};          ///< of the last MAIL that was accepted, with its angle brackets
  std::uint64_t messages = 0;       ///< accepted
  std::uint64_t recipients = 0;     ///< accepted
  std::uint64_t refused_recipients = 0;
  std::uint64_t octets = 0;  ///< of messages, accepted or not; a line end counts as one

  /// Counts a reply that is sent.
  void count(const Reply& reply) {
    if (!reply.positive()) ++errors;
  }
  /// What a client has had too much of before its next command; empty as long as it may go on.
  std::string_view excess(const Limits& limits) const;

  /// The session ends, with the command at hand if there is one. The first reason counts, and any
  /// counts more than that the client went away.
  void end(SessionEnd why) {
    if (!end_ || *end_ == SessionEnd::dropped) end_ = why;
  }
  bool is_over() const { return end_.has_value(); }
  /// True if this server ends the session, not the client or the network.
  bool ended_here() const {
    return end_ && *end_ != SessionEnd::dropped && *end_ != SessionEnd::error;
  }

  /// The line `summary: client=... end=...` at the level notice (a probe's that said nothing:
  /// debug); nothing is done when nobody wants it.
  void log(Log& log, const Connection& conn, const Refusals& refusals, SteadyTime now) const;

 private:
  SteadyTime began_;
  std::optional<SessionEnd> end_ = {};
};

}  // namespace smtpd
