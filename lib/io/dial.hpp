#pragma once
/// Connections to other programs: a numeric address and a port, or a Unix socket.
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "lib/base/clock.hpp"
#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/base/unique_fd.hpp"
#include "lib/io/stream.hpp"

namespace smtpd::io {

/// Where a program listens.
struct SMTPD_API Endpoint {
  std::string address;     ///< `192.0.2.1` or `2001:db8::1`; empty for a Unix socket
  std::uint16_t port = 0;  ///< 1 to 65535
  std::string path;        ///< of a Unix socket

  /// `192.0.2.1:783`, `[2001:db8::1]:783` or `/run/daemon.sock`. Errors: config, with a sentence.
  static std::expected<Endpoint, Error> parse(std::string_view text);
  /// The same form, for logs.
  std::string text() const;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// Of the time until `whole`, what one of `left` addresses may take that are still to be tried.
inline Deadline share_of(Deadline whole, std::size_t left, const Clock& clock) {
  return whole.is_never() ? whole : clock.after((whole.when() - clock.now()) / left);
}

/// A connected socket that does not block, for a library that speaks through it. Errors: timeout,
/// closed (nobody listens), io.
SMTPD_API std::expected<UniqueFd, Error> connect_to(const Endpoint& endpoint, Deadline deadline,
                                                    const Clock& clock);
/// Connects within the deadline; the stream closes the connection when it goes. Errors: those of
/// connect_to.
std::expected<std::unique_ptr<Stream>, Error> dial(const Endpoint& endpoint, Deadline deadline,
                                                   const Clock& clock);

}  // namespace smtpd::io
