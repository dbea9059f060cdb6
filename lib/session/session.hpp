#pragma once
/// One SMTP session (RFC 5321): the loop, the verbs, and what plugins may ask of it.
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/host/host.hpp"
#include "lib/plugin/conversation.hpp"
#include "lib/session/auth.hpp"
#include "lib/session/client_line.hpp"
#include "lib/session/envelope.hpp"
#include "lib/session/limits.hpp"
#include "lib/session/message_reader.hpp"
#include "lib/session/policy.hpp"
#include "lib/session/spool.hpp"
#include "lib/session/tally.hpp"

namespace smtpd {

struct Verb;

class Session final : public Conversation {
 public:
  /// All of it outlives the session.
  struct Parts {
    Host& host;
    io::Stream& stream;
    const Environment& environment;
  };
  explicit Session(const Parts& parts);

  /// From the hook post_fork to the hook post_connection. False if it failed with a 421: behind the
  /// greeting if a limit is no number, anywhere if something is thrown, as where memory ends.
  bool run();

  // conversation.cpp: what plugins may ask.
  bool client_talks(milliseconds wait) override;
  bool invites_early() override;
  bool greets_early() override;
  std::expected<std::string, Error> read_line() override;
  std::expected<std::string_view, Error> input(Deadline deadline) override;
  void consume(std::size_t octets) override { line_.consume(octets); }
  void send(const Reply& reply) override;
  Transaction* transaction() override { return txn_.get(); }
  void reset_transaction() override;
  std::optional<Reply> submit() override;
  void forget_client() override;
  std::optional<Reply> welcome() override;
  std::optional<Reply> take_hello(Greeted kind, std::string_view host) override;
  std::expected<void, Error> start_tls(TlsAcceptor& acceptor, milliseconds patience) override;
  std::expected<std::string, Error> spool_directory() override { return spool_.directory(); }

  // The verbs, for the command table: hello.cpp, verbs.cpp, message.cpp.
  Consequence hello(const CommandLine& line);
  Consequence auth(const CommandLine& line);
  Consequence mail(const CommandLine& line);
  Consequence rcpt(const CommandLine& line);
  Consequence data(const CommandLine& line);
  Consequence bdat(const CommandLine& line);
  Consequence rset(const CommandLine& line);
  Consequence noop(const CommandLine& line);
  Consequence vrfy(const CommandLine& line);
  Consequence help(const CommandLine& line);
  Consequence quit(const CommandLine& line);
  Consequence unrecognized(const CommandLine& line);

 private:
  // session.cpp: the loop.
  bool open();
  bool learn_limits();
  void close();
  bool fail(std::string_view why);
  void handle(const io::Line& line);
  Consequence judge(const io::Line& line);
  Consequence execute(std::string_view text);
  unsigned state() const;
  void log_refusal_of(const Verb& verb, const CommandLine& line, const Consequence& consequence);
  /// What is to be sent; the session ends if that is part of the consequence.
  std::optional<Reply> take_reply(Consequence consequence);
  /// Of replies: with SMTPUTF8 they may have what the client has sent.
  Charset charset() const;
  void send(const Reply& reply, Charset charset);
  /// Ends the session, since nothing can be read from the client any more.
  void lose_client(const Error& error);

  // message.cpp
  Consequence end_message(const MessageReader& reader);
  Consequence break_off(const Error& error);
  /// Reads over the chunk of a BDAT whose answer is known already.
  Consequence skip_chunk(const CommandLine& line, Consequence consequence);

  Host& host_;
  Connection& conn_;
  Log& log_;
  Limits limits_;  // the defaults until the banner is out
  ClientLine line_;
  Tally tally_;
  Spool spool_;
  Authenticator auth_;
  EnvelopeReader envelope_;
  std::unique_ptr<Transaction> txn_;
  SteadyTime mail_began_;  // of the last MAIL
  std::vector<std::unique_ptr<Transaction>>
      ended_;                      // by this command; a hook that ended one may still look at it
  Transaction* queued_ = nullptr;  // one of them, for queue_post behind the reply
  std::unique_ptr<MessageReader> chunks_;  // between two chunks of a message
};

/// For modules, which cannot make a Session: one from its beginning to its end. `begins` hears of
/// it before anything has happened. Returns what Session::run does.
SMTPD_API bool run_session(const Session::Parts& parts,
                           const std::function<void(Conversation&)>& begins);

}  // namespace smtpd
