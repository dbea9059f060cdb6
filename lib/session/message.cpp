/// DATA: the message from the client to the queue (RFC 5321 4.1.1.4).
#include "lib/base/text.hpp"
#include "lib/session/session.hpp"
#include "lib/smtp/dot_decoder.hpp"

namespace smtpd {
namespace {

DotDecoder::LineEnds line_ends(bool scripted, const Leniency& lenient) {
  if (scripted) return DotDecoder::LineEnds::any;
  return lenient.bare_newline ? DotDecoder::LineEnds::normalize : DotDecoder::LineEnds::strict;
}

std::string_view text_of(const DotDecoder::Faults& faults) {
  if (faults.bare_lf) return "bare LF in the message, see RFC 5321 2.3.8";
  if (faults.bare_cr) return "bare CR in the message, see RFC 5321 2.3.8";
  if (faults.nul) return "NUL in the message, see RFC 5321 2.3.8";
  return "a line of the message is too long";
}

}  // namespace

/// A message on its way in. What is wrong with it is remembered and answered behind its end:
/// returning to commands in the middle of a message would execute its text.
class Session::Incoming {
 public:
  explicit Incoming(Session& session)
      : session_(session),
        txn_(*session.txn_),
        decoder_(line_ends(session.conn_.scripted, session.limits_.lenient),
                 session.limits_.text_line),
        header_(session.limits_.header) {}

  /// Reads up to the end of the data. Errors: those of the channel; closed also when a plugin ends
  /// the session in the middle.
  std::expected<void, Error> read() {
    while (true) {
      const auto chunk = session_.channel_.data(session_.deadline());
      if (!chunk) return std::unexpected(chunk.error());
      const DotDecoder::Step step = decoder_.decode(*chunk);
      take({chunk->data(), step.produced});
      session_.channel_.consume(step.consumed);
      if (step.done) break;
      if (hung_up()) return {};
    }
    if (!in_body_ && !given_up()) end_header();
    return {};
  }
  /// Of header and body so far, with LF line ends.
  std::uint64_t octets() const { return size_; }
  /// True if a plugin wants the connection closed before the message has ended.
  bool hung_up() const { return refusal_ && refusal_->reply && refusal_->reply->close; }
  /// What is to be answered instead of handing the message on.
  std::optional<Settled> verdict() const {
    if (hung_up()) return refusal_;
    if (too_big()) {
      session_.log_.log(Level::alert,
                        "Message too big: size: " + std::to_string(size_) +
                            " (max size: " + std::to_string(session_.limits_.message) + ')');
      return refuse(552, {5, 3, 4}, "Message too big!");
    }
    if (decoder_.faults().any()) return refuse(554, {5, 6, 0}, text_of(decoder_.faults()));
    if (header_.too_long()) return refuse(552, {5, 3, 4}, "Message header too big");
    if (failed_) return refuse(451, {4, 3, 0}, "Internal error, try again later");
    if (refusal_) return refusal_;
    if (txn_.header.get_all("Received").size() >= session_.limits_.hops)
      return refuse(554, {5, 4, 6}, "Too many hops");
    return {};
  }

 private:
  static Settled refuse(int code, EnhancedCode enhanced, std::string_view text) {
    return {.reply = Reply{code, enhanced, std::string(text)}, .reset = true};
  }
  bool too_big() const { return session_.limits_.message > 0 && size_ > session_.limits_.message; }
  /// True when the rest of the message is read, but of no use.
  bool given_up() const {
    return failed_ || refusal_ || header_.too_long() || too_big() || decoder_.faults().any();
  }

  void take(std::string_view text) {
    size_ += text.size();
    if (given_up()) return;
    if (!in_body_) {
      text.remove_prefix(header_.feed(text));
      if (!header_.done()) return;
      end_header();
      if (given_up()) return;
    }
    store(text);
  }

  void end_header() {
    in_body_ = true;
    if (!header_.done()) header_.finish();
    const std::string overrun = header_.take_overrun();
    txn_.header = header_.take();
    refusal_ = session_.headers_end();
    if (!given_up()) store(overrun);
  }

  void store(std::string_view text) {
    if (text.empty()) return;
    const auto stored = txn_.body().append(text);
    if (stored) return;
    failed_ = true;
    session_.log_.log(Level::crit, "cannot store the message: " + stored.error().what);
  }

  Session& session_;
  Transaction&
      txn_;  // kept by the session until the command has been answered, also when a hook ends it
  DotDecoder decoder_;
  HeaderReader header_;
  std::uint64_t size_ = 0;  ///< header and body with LF line ends, as databytes counts them
  bool in_body_ = false;
  bool failed_ = false;             ///< our own trouble
  std::optional<Settled> refusal_;  ///< of the hook data_headers_end
};

Session::Answer Session::data(const CommandLine&) {
  const Settled settled = settle(Hook::data, host_.decide<Hook::data>(txn_->results, *txn_));
  if (!settled.go_on) {
    if (settled.reset) reset_transaction();
    return settled.reply;
  }
  if (!txn_) return ended_by_plugin();
  reply({354, {}, "go ahead"});
  return receive();
}

Session::Answer Session::receive() {
  Incoming incoming(*this);
  const auto read = incoming.read();
  summary_.octets += incoming.octets();
  if (!read) {
    if (read.error().code == Errc::closed) {
      reply({451, EnhancedCode{4, 4, 2},
             "Incomplete DATA"});  // whoever half-closed can still read it
      log_.log(Level::notice, "the client went away in the middle of a message");
    } else {
      read_failed(read.error());
    }
    closing_ = true;
    reset_transaction();
    return {};
  }
  if (const auto refusal = incoming.verdict()) {
    if (refusal->reset || refusal->reply) reset_transaction();
    return refusal->reply;
  }
  return txn_ ? process() : ended_by_plugin();
}

Reply Session::ended_by_plugin() const {
  log_.log(Level::error, "a plugin has ended the transaction and answered nothing");
  return {451, EnhancedCode{4, 3, 0}, "Internal error, try again later"};
}

std::optional<Settled> Session::headers_end() {
  Settled settled =
      settle(Hook::data_headers_end, host_.decide<Hook::data_headers_end>(txn_->results, *txn_));
  if (settled.go_on || !settled.reset)
    return {};  // nothing can be answered in the middle of a message: DONE goes on
  return settled;
}

}  // namespace smtpd
