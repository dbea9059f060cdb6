#pragma once
/// One SMTP session: the loop, the state, and a handler for each verb (RFC 5321).
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/host/host.hpp"
#include "lib/io/channel.hpp"
#include "lib/plugin/conversation.hpp"
#include "lib/session/auth.hpp"
#include "lib/session/limits.hpp"
#include "lib/session/policy.hpp"
#include "lib/session/spool.hpp"
#include "lib/session/summary.hpp"

namespace smtpd {

struct Chunk;
struct Command;

class Session final : public Conversation {
 public:
  /// All of it outlives the session.
  struct Parts {
    Host& host;
    io::Stream& stream;
    const Environment& environment;
  };
  explicit Session(const Parts& parts);
  ~Session() override;

  enum class Outcome { served, failed };
  /// From the hook post_fork to the hook post_connection. Fails with a 421: behind the greeting if
  /// a limit is no number, anywhere if something is thrown, as where memory ends.
  Outcome run();

  bool client_talks(milliseconds wait) override;
  bool invites_early() override;
  bool greets_early() override;
  std::expected<std::string, Error> read_line() override;
  std::expected<std::string_view, Error> input(Deadline deadline) override;
  void consume(std::size_t octets) override { channel_.consume(octets); }
  void send(const Reply& reply) override;
  Transaction* transaction() override { return txn_.get(); }
  void reset_transaction() override;
  std::optional<Reply> submit() override;
  void forget_client() override;
  std::optional<Reply> welcome() override;
  std::optional<Reply> take_hello(Greeted kind, std::string_view host) override;
  std::expected<void, Error> start_tls(TlsAcceptor& acceptor, milliseconds patience) override;
  std::expected<std::string, Error> spool_directory() override { return spool_.directory(); }

  // The handlers of the command table. No reply: a plugin has said it all.
  using Answer = std::optional<Reply>;
  Answer helo(const CommandLine& line);
  Answer ehlo(const CommandLine& line);
  Answer mail(const CommandLine& line);
  Answer rcpt(const CommandLine& line);
  Answer data(const CommandLine& line);
  Answer bdat(const CommandLine& line);
  Answer rset(const CommandLine& line);
  Answer noop(const CommandLine& line);
  Answer vrfy(const CommandLine& line);
  Answer help(const CommandLine& line);
  Answer quit(const CommandLine& line);
  Answer auth(const CommandLine& line);

 private:
  // session.cpp: the loop.
  Outcome serve();
  Outcome fail(std::string_view why);
  bool open();
  bool learn_limits();
  void converse();
  void close();
  void handle(const io::Line& line);
  void read_failed(const Error& error);
  Answer dispatch(std::string_view text);
  Answer execute(const Command& command, const CommandLine& line);
  Answer unrecognized(const CommandLine& line);
  std::optional<Reply> bad_line(const io::Line& line);
  std::size_t line_limit(std::string_view text) const;
  std::optional<Reply> over_limit(const io::Line& line);
  bool ends_well(const io::Line& line) const;
  void reply(const Reply& reply);
  void log_line_in(std::string_view text, const Command* command);
  unsigned state() const;
  Deadline deadline() const;
  seconds longest_use() const;
  Reply timeout_reply(std::string_view why) const;

  // hello.cpp
  Answer greet(Greeted kind, const CommandLine& line);
  std::string capabilities();
  void log_early_pipelining();

  // advertise.cpp
  /// What holds for a client where a list of clients has no line.
  enum class Unlisted { in, out };
  bool is_offered(std::string_view key, Unlisted fallback);
  bool offers_require_tls();

  // envelope.cpp
  std::expected<PathCommand, Reply> parse_path(Hook hook, const CommandLine& line);
  Answer take_recipient(const CommandLine& line);
  std::expected<Address, Reply> rewrite_path(Hook hook, Transaction& txn, PathCommand& command);
  std::expected<Address, Reply> parse_utf8_address(Hook hook, const Transaction& txn,
                                                   std::string_view path);
  Address::Grammar grammar() const;

  // parameters.cpp
  /// What parameters are about; the recipient means nothing at MAIL.
  struct Envelope {
    Transaction& txn;
    Recipient& rcpt;
  };
  std::optional<Reply> take_parameter(Hook hook, const Parameter& parameter, Envelope& envelope);
  std::optional<Reply> take_parameters(Hook hook, const Parameters& parameters, Envelope envelope);
  std::optional<Reply> take_size(const Parameter& parameter);
  std::optional<Reply> take_body(const Parameter& parameter);
  std::optional<Reply> take_ret(const Parameter& parameter, Envelope& envelope);
  std::optional<Reply> take_envelope_id(const Parameter& parameter, Envelope& envelope);
  std::optional<Reply> take_notify(const Parameter& parameter, Envelope& envelope);
  std::optional<Reply> take_original_recipient(const Parameter& parameter, Envelope& envelope);
  std::optional<Reply> take_submitter(const Parameter& parameter);
  std::optional<Reply> leave_to_plugins(Hook hook, const Parameter& parameter) const;
  std::optional<Reply> take_smtputf8(const Parameter& parameter);
  std::optional<Reply> take_require_tls(const Parameter& parameter, Envelope& envelope);

  // message.cpp
  class Incoming;
  Answer take(std::unique_ptr<Incoming> incoming, const Chunk& chunk);
  /// Reads over a chunk, to answer what was to be answered.
  Answer skip(const Chunk& chunk, Answer answer);
  Answer refuse_chunk(const CommandLine& line, Reply refusal);
  Reply unreadable(const Error& error) const;
  Reply too_big(std::uint64_t size) const;
  Answer end_of_message(const Incoming& incoming);
  Answer broken_off(const Error& error);
  Reply ended_by_plugin() const;
  std::optional<Settled> headers_end();

  // delivery.cpp
  Answer process();
  Settled run_message_hooks(Transaction& txn);
  Result queue(Transaction& txn);
  void add_trace(Transaction& txn);
  void add_received(Transaction& txn);
  std::vector<std::string> authentication_ids();

  Host& host_;
  Connection& conn_;
  Log& log_;
  Config& config_;
  const Clock& clock_;
  Limits limits_;  // the defaults until the banner is out
  io::Channel channel_;
  std::string wire_;                // memory for the next reply
  std::unique_ptr<TlsStream> tls_;  // what the channel uses once it is there
  Spool spool_;
  Authenticator auth_;
  std::unique_ptr<Transaction> txn_;
  std::vector<std::unique_ptr<Transaction>>
      ended_;  // by this command; a hook that ended one may still look at it
  std::unique_ptr<Incoming> incoming_;  // between two chunks of a message
  bool chunk_follows_ = false;          // what comes next on the line is no command
  Transaction* queued_ = nullptr;       // one of them, for queue_post behind the reply
  Deadline session_end_;
  bool closing_ = false;
  bool early_pipelining_ = false;  // offered by the last EHLO
  bool after_auth_ = false;        // what looks like no command may be a password
  const SteadyTime began_;
  Summary summary_;
  unsigned transactions_ = 0;
  std::size_t commands_ = 0, junk_ = 0, errors_ = 0;
};

}  // namespace smtpd
