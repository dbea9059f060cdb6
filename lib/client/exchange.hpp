#pragma once
/// A conversation with a peer that is asked: lines, octets, netstrings; TLS below them.
#include <cstddef>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "lib/base/clock.hpp"
#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/crypto/tls.hpp"
#include "lib/io/dial.hpp"
#include "lib/services/services.hpp"

namespace smtpd {

/// A connection, and the one of several addresses that it leads to.
struct Reached {
  std::unique_ptr<io::Stream> stream;
  io::Endpoint endpoint;
};
/// Connects to the first address that can be reached, in their order; those that are left share the
/// time that is left. Errors: those of io::dial, of the last address.
SMTPD_API std::expected<Reached, Error> dial_first(const Services& services,
                                                   std::span<const io::Endpoint> where,
                                                   Deadline deadline);

/// A connection to a peer. One deadline holds for all that is done with it, and a bound for all
/// that the peer may say. Errors name the peer; after one the connection is of no further use.
///
/// A peer that will hear no more says why, and closes. So a write that finds the connection closed
/// is no error: what is said from then on goes nowhere, and the next read brings what the peer has
/// said, or `closed`.
class SMTPD_API Exchange {
 public:
  struct Bounds {
    Deadline deadline = Deadline::never();
    std::size_t octets = 64 * 1024;  ///< that the peer may say
  };

  /// Errors: those of dial_first.
  static std::expected<Exchange, Error> open(const Services& services,
                                             std::span<const io::Endpoint> where, Bounds limits);
  static std::expected<Exchange, Error> open(const Services& services, const io::Endpoint& where,
                                             Bounds limits) {
    return open(services, std::span(&where, 1), limits);
  }
  /// Over a connection that is there. Errors begin with `name` and a colon; if it is empty, the
  /// caller says whose they are.
  Exchange(std::unique_ptr<io::Stream> stream, std::string name, Bounds limits)
      : stream_(std::move(stream)), name_(std::move(name)) {
    limit(limits);
  }

  /// What holds from here on, for those who ask in steps.
  void limit(Bounds limits) {
    limits_ = limits;
    left_ = limits.octets;
  }

  /// TLS from here on. Errors: those of CryptoSource::get and Crypto::tls_client; syntax (the peer
  /// has said something in clear that nobody has read).
  std::expected<void, Error> secure(CryptoSource& crypto, const TlsClient& how);
  /// Null without TLS.
  const TlsStream* tls() const { return tls_.get(); }

  /// Sends the octets. Errors: timeout, io.
  std::expected<void, Error> say(std::string_view octets);
  /// One octet, NUL, with a descriptor beside it. Errors: config, io (see io::Stream::pass).
  std::expected<void, Error> pass(int descriptor);
  /// This side has no more to say; the peer sees the end of what it hears.
  void end() { stream().part(); }
  /// True once a write has found the connection closed.
  bool is_closed() const { return closed_; }

  // Views are valid until the next call. Errors: timeout, closed (the peer's side ended first), io,
  // too_long (more than the bound).
  using Octets = std::expected<std::string_view, Error>;
  /// A line, without its CRLF or LF.
  Octets line();
  /// What stands in front of `stop`, which is taken too.
  Octets until(char stop);
  /// Exactly so many; nothing is waited for if they are more than the bound leaves.
  Octets exactly(std::size_t octets);
  /// What a netstring holds (https://cr.yp.to/proto/netstrings.txt). Errors: also syntax.
  Octets netstring();
  /// All up to the end of the connection. Errors: closed only if the peer has reset it.
  std::expected<std::string, Error> all();
  /// What has come and nobody has read.
  std::string_view unread() const { return std::string_view(input_).substr(taken_); }
  /// True if there is something unread, here or in the connection.
  bool talks();

  /// The error of a peer that says something else than its protocol has.
  std::unexpected<Error> nonsense(std::string_view what) const;

 private:
  io::Stream& stream() { return tls_ ? *tls_ : *stream_; }
  std::expected<std::size_t, Error> receive();
  std::expected<void, Error> receive_some();
  void drop_taken();
  std::string_view take(std::size_t octets);
  std::unexpected<Error> named(const Error& error) const;
  std::unexpected<Error> too_long(std::string_view who) const;

  std::unique_ptr<io::Stream> stream_;
  std::unique_ptr<TlsStream> tls_;  // over it
  std::string name_;
  Bounds limits_;
  std::size_t left_ = 0;   // of limits_.octets
  std::string input_;      // what has come
  std::size_t taken_ = 0;  // its beginning, which the caller has got
  bool closed_ = false;
};

/// `5:hello,`, to be said.
SMTPD_API std::string as_netstring(std::string_view octets);

}  // namespace smtpd
