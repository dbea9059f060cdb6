/// DATA and BDAT: the message from the client to the queue (RFC 5321 4.1.1.4, RFC 3030).
#include <functional>
#include <utility>

#include "lib/session/delivery.hpp"
#include "lib/session/session.hpp"

namespace smtpd {
namespace {

Consequence ended_by_plugin(Log& log) {
  log.log(Level::error, "a plugin has ended the transaction and answered nothing");
  return {Reply{451, EnhancedCode{4, 3, 0}, "Internal error, try again later"}};
}

/// After a BDAT that cannot be read. What follows may be the chunk or the next command; executing
/// text of a message is the worse mistake.
Consequence lost_place(Log& log, const Error& error) {
  log.log(Level::notice, "where the next command begins is not known, closing: " + error.what);
  const bool too_long = error.code == Errc::too_long;
  return {.reply = Reply{too_long ? 552 : 501,
                         too_long ? EnhancedCode{5, 3, 4} : EnhancedCode{5, 5, 4}, error.what},
          .close = true};
}

}  // namespace

Consequence Session::data(const CommandLine&) {
  Consequence begun = settle(Hook::data, host_.decide<Hook::data>(*txn_));
  if (!begun.go_on) return begun;
  if (!txn_) return ended_by_plugin(log_);
  send(*begun.reply);
  MessageReader reader({line_, limits_, log_, *txn_},
                       std::bind_front(check_header, std::ref(host_)));
  const auto read = reader.read_data();
  tally_.octets += reader.octets();
  return read ? end_message(reader) : break_off(read.error());
}

Consequence Session::bdat(const CommandLine& line) {
  const auto chunk = parse_chunk(line.rest);
  if (!chunk || chunk->malformed) {
    return skip_chunk(
        line,
        {.reply = Reply{501, EnhancedCode{5, 5, 4}, "Syntax: BDAT octets [LAST]"}, .reset = true});
  }
  std::unique_ptr<MessageReader> reader = std::move(chunks_);  // a hook may end the transaction
  if (!reader) {
    line_.expect(ClientLine::Next::chunk);
    Consequence begun = settle(Hook::data, host_.decide<Hook::data>(*txn_));
    line_.expect(ClientLine::Next::command);
    if (begun.go_on && !txn_) begun = ended_by_plugin(log_);
    if (!begun.go_on) {
      begun.reset = true;
      return skip_chunk(line, std::move(begun));
    }
    reader = std::make_unique<MessageReader>(MessageReader::Parts{line_, limits_, log_, *txn_},
                                             std::bind_front(check_header, std::ref(host_)));
  }
  if (auto refusal = reader->refusal_of(*chunk)) return skip_chunk(line, std::move(*refusal));
  const std::uint64_t before = reader->octets();
  const auto read = reader->read_chunk(*chunk);
  tally_.octets += reader->octets() - before;
  if (!read) return break_off(read.error());
  if (chunk->last || reader->is_refused() || !reader->belongs_to(txn_.get()))
    return end_message(*reader);
  chunks_ = std::move(reader);
  return {Reply{250, EnhancedCode{2, 0, 0}, std::to_string(chunk->size) + " octets received"}};
}

Consequence Session::skip_chunk(const CommandLine& line, Consequence consequence) {
  const auto chunk = parse_chunk(line.rest);
  if (!chunk) return lost_place(log_, chunk.error());
  if (consequence.reset) reset_transaction();
  if (consequence.close) return consequence;
  const auto skipped = line_.skip(chunk->size);
  return skipped ? consequence : break_off(skipped.error());
}

Consequence Session::end_message(const MessageReader& reader) {
  if (auto refusal = reader.refusal()) return std::move(*refusal);
  if (!txn_) return ended_by_plugin(log_);
  return {submit()};
}

Consequence Session::break_off(const Error& error) {
  if (error.code == Errc::closed) {
    // Whoever half-closed can still read it.
    send({451, EnhancedCode{4, 4, 2}, "Incomplete DATA"});
    log_.log(Level::notice, "the client went away in the middle of a message");
    tally_.end(SessionEnd::dropped);
  } else {
    lose_client(error);
  }
  return {.reset = true};
}

}  // namespace smtpd
