#pragma once
/// What a session comes to, and the line about it at its end.
#include <chrono>
#include <cstdint>
#include <string>

#include "lib/host/refusals.hpp"
#include "lib/plugin/connection.hpp"
#include "lib/services/log.hpp"

namespace smtpd {

/// How a session ended.
enum class End {
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

/// Counted while the session goes on.
struct Summary {
  std::string sender;            ///< of the last MAIL that was accepted, with its angle brackets
  std::uint64_t messages = 0;    ///< accepted
  std::uint64_t recipients = 0;  ///< accepted
  std::uint64_t refused_recipients = 0;
  std::uint64_t octets = 0;         ///< of messages, accepted or not; a line end counts as one
  std::uint64_t good = 0, bad = 0;  ///< command lines; bad ones got a 4xx or a 5xx
  End end = End::dropped;

  /// The first reason counts.
  void ended(End why) {
    if (end == End::dropped) end = why;
  }
  /// True if this server ends the session, not the client or the network.
  bool by_us() const { return end != End::dropped && end != End::error; }
};

/// The line `summary: client=... end=...` at the level notice; nothing is done when nobody wants
/// it.
void log_summary(Log& log, const Connection& conn, const Summary& summary, const Refusals& refusals,
                 std::chrono::nanoseconds lasted);

}  // namespace smtpd
