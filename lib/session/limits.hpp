#pragma once
/// Sizes and times that bound a session (doc/limits.md), and what it lets through.
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "lib/base/clock.hpp"
#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/mail/address.hpp"
#include "lib/services/config.hpp"

namespace smtpd {

/// What is taken although RFC 5321 forbids it (doc/protocol.md); nothing unless configured.
struct Leniency {
  bool bare_newline = false;  ///< a bare LF ends a line of a message (config bare_newline)
  bool line_ends = false;     ///< a bare LF ends a command (config lenient_line_ends)
  bool addresses = false;     ///< odd local parts and domains (config lenient_addresses)
};

struct Limits {
  std::size_t command_line =
      512;  ///< octets with CRLF (RFC 5321 4.5.3.1.4); MAIL and RCPT add their extensions
  std::size_t text_line =
      1 << 20;  ///< octets without CRLF; RFC 5321 4.5.3.1.6 has 1000 as the least to accept
  std::size_t header = 1 << 20;           ///< octets
  std::size_t local_part = longest_path;  ///< octets (config strict_local_part)
  std::size_t recipients = 1000;          ///< RFC 5321 4.5.3.1.8: at least 100
  std::size_t hops = 100;                 ///< Received fields (RFC 5321 6.3)
  std::size_t junk = 100;                 ///< commands that do nothing, between two messages
  std::size_t errors = 1000;              ///< 4xx and 5xx replies
  std::size_t commands = 100'000;
  std::size_t message = 0;          ///< config databytes; 0: none
  std::size_t memory = 256 * 1024;  ///< config size_threshold: octets of a body that stay in memory
  seconds session_timeout{4 * 3600};
  seconds timeout{300};  ///< RFC 5321 4.5.3.2.7: at least five minutes
  Leniency lenient = {};
};

/// What MAIL and RCPT may add to command_line with their parameters, and AUTH altogether (RFC 4954
/// 4).
inline constexpr std::size_t extended_command_line = 1536;
inline constexpr std::size_t max_auth_line = 12288;

/// The limits as configured. Errors: config (a bad number or word), io.
std::expected<Limits, Error> read_limits(Config& config);

/// One of the numbers among them by its key; none if it is not set or no limit has that key.
/// Errors: config (no number, out of range), io.
SMTPD_API std::expected<std::optional<std::uint64_t>, Error> read_limit(Config& config,
                                                                        std::string_view key);

}  // namespace smtpd
