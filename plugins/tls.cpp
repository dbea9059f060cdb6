#include "lib/base/text.hpp"
#include "lib/crypto/ticket_keys.hpp"
#include "lib/kit/tls_settings.hpp"

namespace smtpd {

/// STARTTLS (RFC 3207), and TLS from the first octet (RFC 8314). See doc/plugins/tls.md.
class TlsPlugin final : public Plugin {
 public:
  explicit TlsPlugin(PluginContext& ctx)
      : Plugin(ctx), settings_(ctx, read_tls_arguments(ctx.args)) {
    // Before plugins that listen for clients that talk too early: here the client speaks first.
    ctx.add<Hook::connect>([this](Connection& conn) { return greet(conn); }, Place::front);
  }

  Lines on_capabilities(Connection& conn) {
    if (conn.tls || !is_offered()) return {};
    return {"STARTTLS"};
  }

  Result on_unrecognized_command(Connection& conn, const CommandLine& command) {
    if (command.verb != "starttls") return declined();
    if (!command.rest.empty())
      return done({501, EnhancedCode{5, 5, 4}, "Syntax error (no parameters allowed)"});
    if (conn.tls) return done({503, EnhancedCode{5, 5, 1}, "TLS is active already"});
    // Commands that were sent along would be taken for something that came through TLS.
    if (ctx().conversation().client_talks(milliseconds(0))) {
      log(Level::notice, "commands behind STARTTLS, closing");
      return done_disconnect({503, EnhancedCode{5, 5, 1}, "Nothing may follow STARTTLS"});
    }
    TlsAcceptor* const ready = acceptor();
    if (!ready)
      return done(
          {454, EnhancedCode{4, 7, 0}, "TLS is not available, because of a temporary reason"});
    ctx().conversation().send({220, EnhancedCode{2, 0, 0}, "Go ahead with TLS"});
    secure(conn, *ready);
    return done();
  }

  void on_check() { settings_.check(); }

 private:
  Result greet(Connection& conn) {
    if (conn.tls) return declined();  // XCLIENT has the hook run again
    if (!settings_.arguments().implicit.value_or(conn.listening_port == "465")) return declined();
    TlsAcceptor* const ready = acceptor();
    // There is no way to tell somebody who waits for TLS.
    if (!ready || !secure(conn, *ready)) return done_and_closed(ready != nullptr);
    return declined();
  }

  Result done_and_closed(bool closed) const {
    if (closed) return done();
    return done_disconnect({421, EnhancedCode{4, 7, 0}, ctx().me() + " TLS is not available"});
  }

  /// The handshake; false if the session ends with it.
  bool secure(Connection& conn, TlsAcceptor& ready) {
    if (!ctx().conversation().start_tls(ready, settings_.arguments().patience)) return false;
    const auto known = settings_.find_client(*conn.tls);
    if (!known) log(Level::error, known.error().what);
    if (known && *known) {
      log(Level::info, "relay client, by the certificate " + conn.tls->client_fingerprint);
      conn.relay_client = true;
      conn.tls->client_user = (*known)->user;
    }
    return true;
  }

  /// What is looked at again and again is looked at once.
  bool is_offered() {
    if (!offered_) {
      const auto [reason, is_doubtful] = settings_.outlook();
      if (!reason.empty()) log(Level::error, "STARTTLS is not offered: " + printable(reason));
      offered_ = reason.empty() && (!is_doubtful || acceptor());
    }
    return *offered_;
  }

  /// Null if something is wrong with certificates or the like; the log has it then.
  TlsAcceptor* acceptor() {
    if (acceptor_ || tried_) return acceptor_.get();
    tried_ = true;
    auto made = make_acceptor();
    if (made) {
      acceptor_ = std::move(*made);
    } else {
      offered_ = false;
      log(Level::error, "no TLS: " + printable(made.error().what));
    }
    return acceptor_.get();
  }

  std::expected<std::unique_ptr<TlsAcceptor>, Error> make_acceptor() {
    const auto crypto = ctx().services().crypto.get();
    if (!crypto) return std::unexpected(crypto.error());
    auto server = settings_.server();
    if (!server) return std::unexpected(server.error());
    if (settings_.arguments().tickets) {
      auto keys = find_ticket_keys(**crypto);
      if (keys) {
        server->ticket_keys = std::move(*keys);
      } else {
        log(Level::error, "no session tickets: " + keys.error().what);
      }
    }
    return (*crypto)->tls_server(*server);
  }

  std::expected<std::vector<std::string>, Error> find_ticket_keys(Crypto& crypto) {
    const auto spool = ctx().conversation().spool_directory();
    if (!spool) return std::unexpected(spool.error());
    return ticket_keys(*spool + "/tls-ticket-keys", crypto, ctx().clock());
  }

  TlsSettings settings_;
  std::optional<bool> offered_;
  bool tried_ = false;  // to make the acceptor
  std::unique_ptr<TlsAcceptor> acceptor_;
};

SMTPD_PLUGIN(TlsPlugin, "tls", capabilities, unrecognized_command, check)

}  // namespace smtpd
