/// DATA and BDAT: the message from the client to the queue (RFC 5321 4.1.1.4, RFC 3030).
#include <algorithm>
#include <utility>

#include "lib/session/incoming.hpp"

namespace smtpd {

Session::Answer Session::data(const CommandLine&) {
  const Settled settled = settle(Hook::data, host_.decide<Hook::data>(*txn_));
  if (!settled.go_on) {
    if (settled.reset) reset_transaction();
    return settled.reply;
  }
  if (!txn_) return ended_by_plugin();
  reply({354, {}, "go ahead"});
  Incoming incoming(*this);
  const auto read = incoming.read_data();
  summary_.octets += incoming.octets();
  return read ? end_of_message(incoming) : broken_off(read.error());
}

Session::Answer Session::bdat(const CommandLine& line) {
  const auto chunk = parse_chunk(line.rest);
  if (!chunk) return unreadable(chunk.error());
  if (chunk->malformed) {
    reset_transaction();
    return skip(*chunk, Reply{501, EnhancedCode{5, 5, 4}, "Syntax: BDAT octets [LAST]"});
  }
  std::unique_ptr<Incoming> incoming = std::move(incoming_);  // a hook may end the transaction
  if (!incoming) {
    chunk_follows_ = true;
    const Settled settled = settle(Hook::data, host_.decide<Hook::data>(*txn_));
    chunk_follows_ = false;
    if (!settled.go_on) {
      reset_transaction();
      return skip(*chunk, settled.reply);
    }
    if (!txn_) return skip(*chunk, ended_by_plugin());
    incoming = std::make_unique<Incoming>(*this);
  }
  if (!incoming->has_room_for(*chunk)) {
    reset_transaction();
    return skip(*chunk, too_big(chunk->size));
  }
  return take(std::move(incoming), *chunk);
}

Session::Answer Session::take(std::unique_ptr<Incoming> incoming, const Chunk& chunk) {
  const std::uint64_t before = incoming->octets();
  const auto read = incoming->read_chunk(chunk);
  summary_.octets += incoming->octets() - before;
  if (!read) return broken_off(read.error());
  if (chunk.last || incoming->is_refused() || !incoming->belongs_to(txn_.get()))
    return end_of_message(*incoming);
  incoming_ = std::move(incoming);
  return Reply{250, EnhancedCode{2, 0, 0}, std::to_string(chunk.size) + " octets received"};
}

Session::Answer Session::skip(const Chunk& chunk, Answer answer) {
  if (answer && answer->close) return answer;
  for (std::uint64_t left = chunk.size; left > 0;) {
    const auto piece = channel_.data(deadline());
    if (!piece) return broken_off(piece.error());
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(piece->size(), left));
    channel_.consume(length);
    left -= length;
  }
  return answer;
}

Session::Answer Session::refuse_chunk(const CommandLine& line, Reply refusal) {
  const auto chunk = parse_chunk(line.rest);
  return chunk ? skip(*chunk, std::move(refusal)) : unreadable(chunk.error());
}

// What follows may be the chunk or the next command. Executing text of a message is the worse
// mistake.
Reply Session::unreadable(const Error& error) const {
  log_.log(Level::notice, "where the next command begins is not known, closing: " + error.what);
  const bool too_long = error.code == Errc::too_long;
  return {too_long ? 552 : 501, too_long ? EnhancedCode{5, 3, 4} : EnhancedCode{5, 5, 4},
          error.what, true};
}

Reply Session::too_big(std::uint64_t size) const {
  log_.log(Level::alert, "Message too big: size: " + std::to_string(size) +
                             " (max size: " + std::to_string(limits_.message) + ')');
  return {552, EnhancedCode{5, 3, 4}, "Message too big!"};
}

Session::Answer Session::end_of_message(const Incoming& incoming) {
  if (const auto refusal = incoming.verdict()) {
    if (refusal->reset || refusal->reply) reset_transaction();
    return refusal->reply;
  }
  return txn_ ? process() : ended_by_plugin();
}

Session::Answer Session::broken_off(const Error& error) {
  if (error.code == Errc::closed) {
    reply(
        {451, EnhancedCode{4, 4, 2}, "Incomplete DATA"});  // whoever half-closed can still read it
    log_.log(Level::notice, "the client went away in the middle of a message");
  } else {
    read_failed(error);
  }
  closing_ = true;
  reset_transaction();
  return {};
}

Reply Session::ended_by_plugin() const {
  log_.log(Level::error, "a plugin has ended the transaction and answered nothing");
  return {451, EnhancedCode{4, 3, 0}, "Internal error, try again later"};
}

std::optional<Settled> Session::headers_end() {
  Settled settled = settle(Hook::data_headers_end, host_.decide<Hook::data_headers_end>(*txn_));
  if (settled.go_on || !settled.reset)
    return {};  // nothing can be answered in the middle of a message: DONE goes on
  return settled;
}

}  // namespace smtpd
