#pragma once
/// What a plugin may ask of the session that it runs in: for plugins that answer a verb themselves
/// or listen to the line.
#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/clock.hpp"
#include "lib/base/error.hpp"
#include "lib/crypto/tls.hpp"
#include "lib/plugin/connection.hpp"
#include "lib/plugin/transaction.hpp"
#include "lib/smtp/reply.hpp"

namespace smtpd {

class Conversation {
 public:
  virtual ~Conversation() = default;
  /// Sends what is buffered, then listens for `wait`: true if the client talks (or already has).
  /// End of file is not talking, and in the hook data of BDAT nothing is: its chunk follows at
  /// once.
  virtual bool client_talks(milliseconds wait) = 0;
  /// True if the client may send EHLO before the greeting, and commands before EHLO's answer (early
  /// pipelining, config pipelining_connect_advertise_hosts).
  virtual bool invites_early() = 0;
  /// Behind client_talks() before the greeting: true if the client may do so and has sent EHLO, as
  /// it then has to.
  virtual bool greets_early() = 0;
  /// The client's next line without its line end, under the session's time-out. Errors: timeout,
  /// closed, stopped, too_long, syntax (also in the hook data of BDAT, where no line follows).
  virtual std::expected<std::string, Error> read_line() = 0;
  /// Octets that have come and that no command has used; waits for some if there are none. They
  /// are valid until the next read, and stay there until consume() takes them. Errors: timeout,
  /// closed, io; unlike read_line, it ends nothing.
  virtual std::expected<std::string_view, Error> input(Deadline deadline) = 0;
  virtual void consume(std::size_t octets) = 0;
  /// Writes a reply in the middle of a verb that the plugin answers itself (a 334); the last one
  /// goes back with done(reply).
  virtual void send(const Reply& reply) = 0;
  /// The transaction, or null outside one.
  virtual Transaction* transaction() = 0;
  /// Ends the transaction, if there is one (hook reset_transaction).
  virtual void reset_transaction() = 0;
  /// Hands the transaction, whose header and body the plugin has filled, to data_post and queue.
  /// Returns the reply to send, none if there was no transaction or a plugin has answered; the
  /// transaction is over then. A refusal that disconnects ends the session, here and below, with
  /// the command at hand.
  virtual std::optional<Reply> submit() = 0;
  /// Forgets what the client has said and been given: transaction, greeting, authentication, relay
  /// right, notes, results of hooks. For a plugin that has learnt that it is somebody else.
  virtual void forget_client() = 0;
  /// Runs pre_connection and connect as at the beginning. Returns the greeting or the refusal; none
  /// if a plugin has answered.
  virtual std::optional<Reply> welcome() = 0;
  /// Does what HELO or EHLO with that name does, unless the session is to end. Returns the reply
  /// only if it is a refusal.
  virtual std::optional<Reply> take_hello(Greeted kind, std::string_view host) = 0;
  /// The server's side of a TLS handshake, before which everything that was written is sent; from
  /// then on the session goes on inside. It begins anew (RFC 3207 4.2): greeting, authentication
  /// and transaction are forgotten. If the handshake fails, the session ends without a word; the
  /// error says why.
  virtual std::expected<void, Error> start_tls(TlsAcceptor& acceptor, milliseconds patience) = 0;
  /// The spool directory, made if it is missing (config spool_dir, spool_perms). Errors: io,
  /// config.
  virtual std::expected<std::string, Error> spool_directory() = 0;
};

}  // namespace smtpd
