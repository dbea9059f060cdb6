#include "lib/session/incoming.hpp"

#include <algorithm>

#include "lib/base/text.hpp"
#include "lib/smtp/dot_decoder.hpp"

namespace smtpd {
namespace {

LineEnds line_ends(bool scripted, const Leniency& lenient) {
  if (scripted) return LineEnds::any;
  return lenient.bare_newline ? LineEnds::normalize : LineEnds::strict;
}

std::string_view text_of(const TextFaults& faults) {
  if (faults.bare_lf) return "bare LF in the message, see RFC 5321 2.3.8";
  if (faults.bare_cr) return "bare CR in the message, see RFC 5321 2.3.8";
  if (faults.nul) return "NUL in the message, see RFC 5321 2.3.8";
  return "a line of the message is too long";
}

Settled refuse(int code, EnhancedCode enhanced, std::string_view text) {
  return {.reply = Reply{code, enhanced, std::string(text)}, .reset = true};
}

}  // namespace

Session::Incoming::Incoming(Session& session)
    : session_(session),
      txn_(*session.txn_),
      decoder_(line_ends(session.conn_.scripted, session.limits_.lenient),
               session.limits_.text_line),
      header_(session.limits_.header) {}

std::expected<void, Error> Session::Incoming::read_data() {
  DotDecoder decoder(line_ends(session_.conn_.scripted, session_.limits_.lenient),
                     session_.limits_.text_line);
  while (true) {
    const auto piece = session_.channel_.data(session_.deadline());
    if (!piece) return std::unexpected(piece.error());
    const DotDecoder::Step step = decoder.decode(*piece);
    faults_ = decoder.faults();
    take({piece->data(), step.produced});
    session_.channel_.consume(step.consumed);
    if (step.done) break;
    if (hung_up()) return {};
  }
  end_message();
  return {};
}

std::expected<void, Error> Session::Incoming::read_chunk(const Chunk& chunk) {
  announced_ += chunk.size;
  for (std::uint64_t left = chunk.size; left > 0;) {
    auto piece = session_.channel_.data(session_.deadline());
    if (!piece) return std::unexpected(piece.error());
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(piece->size(), left));
    const std::size_t produced = decoder_.decode(piece->first(length));
    faults_ = decoder_.faults();
    take({piece->data(), produced});
    session_.channel_.consume(length);
    left -= length;
    if (hung_up()) return {};
  }
  if (!chunk.last) return {};
  if (decoder_.finish()) take("\n");
  faults_ = decoder_.faults();
  end_message();
  return {};
}

bool Session::Incoming::has_room_for(const Chunk& chunk) const {
  const std::uint64_t most = session_.limits_.message;
  return most == 0 || (announced_ <= most && chunk.size <= most - announced_);
}

std::optional<Settled> Session::Incoming::verdict() const {
  if (hung_up()) return refusal_;
  if (too_big()) return Settled{.reply = session_.too_big(size_), .reset = true};
  if (faults_.any()) return refuse(554, {5, 6, 0}, text_of(faults_));
  if (header_.too_long()) return refuse(552, {5, 3, 4}, "Message header too big");
  if (failed_) return refuse(451, {4, 3, 0}, "Internal error, try again later");
  if (refusal_) return refusal_;
  if (txn_.header.get_all("Received").size() >= session_.limits_.hops)
    return refuse(554, {5, 4, 6}, "Too many hops");
  return {};
}

bool Session::Incoming::too_big() const {
  return session_.limits_.message > 0 && size_ > session_.limits_.message;
}

void Session::Incoming::take(std::string_view text) {
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

void Session::Incoming::end_header() {
  in_body_ = true;
  if (!header_.done()) header_.finish();
  const std::string overrun = header_.take_overrun();
  txn_.header = header_.take();
  note_tls_required();
  refusal_ = session_.headers_end();
  if (!given_up()) store(overrun);
}

// RFC 8689 5: only this value, only once, and not against REQUIRETLS.
void Session::Incoming::note_tls_required() {
  const auto fields = txn_.header.get_all("TLS-Required");
  if (fields.size() != 1 || !equal_ignoring_case(trim(fields.front()), "no")) return;
  if (txn_.transport_tls == TransportTls::usual) txn_.transport_tls = TransportTls::waived;
}

void Session::Incoming::end_message() {
  if (!in_body_ && !given_up()) end_header();
}

void Session::Incoming::store(std::string_view text) {
  if (text.empty()) return;
  const auto stored = txn_.body().append(text);
  if (stored) return;
  failed_ = true;
  session_.log_.log(Level::crit, "cannot store the message: " + stored.error().what);
}

}  // namespace smtpd
