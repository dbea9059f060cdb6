#pragma once
/// Daemons that are asked in lines about users and their passwords.
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "lib/base/export.hpp"
#include "lib/crypto/tls.hpp"
#include "lib/io/channel.hpp"
#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// A connection to a daemon. One deadline holds for all of it, and so does a bound on what the
/// daemon may say. Errors name the daemon.
class SMTPD_API DaemonTalk {
 public:
  /// Octets that a daemon may say.
  static constexpr std::size_t most_octets = 64 * 1024;

  /// Connects. Errors: those of io::dial.
  static std::expected<DaemonTalk, Error> open(PluginContext& ctx, const io::Endpoint& where,
                                               milliseconds time);
  /// TLS from here on. Errors: those of Crypto::tls_client and PluginContext::find_crypto; syntax
  /// (the daemon has said something in clear that nobody has read).
  std::expected<void, Error> secure(PluginContext& ctx, const TlsClient& how);
  /// Sends the octets. Errors: those of io::Stream::write.
  std::expected<void, Error> say(std::string_view octets);
  /// The next line, without its CRLF or LF; valid until the next one. Errors: those of
  /// io::Stream::read, closed, too_long.
  std::expected<std::string_view, Error> line();
  /// All up to the end of the connection, if no line was asked for, at most so many octets. Errors:
  /// those of io::read_all.
  std::expected<std::string, Error> all(std::size_t most);
  /// Ends this side of the connection: the daemon sees that there is no more to come.
  void end() { channel_.part(); }
  /// The error of a daemon that has said something else than its protocol has.
  std::unexpected<Error> nonsense(std::string_view what) const;

 private:
  DaemonTalk(std::unique_ptr<io::Stream> stream, std::string name, Deadline deadline)
      : stream_(std::move(stream)),
        channel_(*stream_),
        name_(std::move(name)),
        deadline_(deadline) {}
  std::unexpected<Error> named(const Error& error) const;

  std::unique_ptr<io::Stream> stream_;
  std::unique_ptr<TlsStream> tls_;  // over it
  io::Channel channel_;
  std::string name_;
  Deadline deadline_;
  std::size_t heard_ = 0;
};

/// Where a daemon is by its host, an address or `localhost`, and its port; or by the path of its
/// socket. Errors: config, with a sentence.
SMTPD_API std::expected<io::Endpoint, Error> daemon_at(std::string_view host, std::int64_t port);

/// For on_check: reports a socket that is not there, and remarks on an address to which passwords
/// would go in clear over a network.
SMTPD_API void check_daemon(PluginContext& ctx, const io::Endpoint& where);

}  // namespace smtpd
