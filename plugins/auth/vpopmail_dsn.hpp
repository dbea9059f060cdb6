#pragma once
/// The database that a line of Perl's DBI names: `dbi:mysql:dbname=vpopmail;host=127.0.0.1`.
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace smtpd {

struct Dsn {
  std::string database = "vpopmail", host, socket;
  std::string authorities;  ///< PEM; empty: the system's
  std::uint16_t port = 0;   ///< 0: the usual one
  bool tls = false;

  /// True if the database is on this machine.
  bool is_local() const;
};

/// Errors: a sentence.
std::expected<Dsn, std::string> parse_dsn(std::string_view text);

}  // namespace smtpd
