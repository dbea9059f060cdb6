#include "lib/session/message_reader.hpp"

#include <algorithm>
#include <string>
#include <utility>

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

Consequence refuse(int code, EnhancedCode enhanced, std::string_view text) {
  return {.reply = Reply{code, enhanced, std::string(text)}, .reset = true};
}

}  // namespace

MessageReader::MessageReader(const Parts& parts, HeaderCheck check_header)
    : line_(parts.line),
      limits_(parts.limits),
      log_(parts.log),
      txn_(parts.txn),
      check_header_(std::move(check_header)),
      line_ends_(line_ends(txn_.connection().scripted, limits_.lenient)),
      decoder_(line_ends_, limits_.text_line),
      header_(limits_.header) {}

std::expected<void, Error> MessageReader::read_data() {
  DotDecoder decoder(line_ends_, limits_.text_line);
  while (true) {
    const auto piece = line_.data();
    if (!piece) return std::unexpected(piece.error());
    const DotDecoder::Step step = decoder.decode(*piece);
    faults_ = decoder.faults();
    take({piece->data(), step.produced});
    line_.consume(step.consumed);
    if (step.done) break;
    if (hung_up()) return {};
  }
  end_message();
  return {};
}

std::expected<void, Error> MessageReader::read_chunk(const Chunk& chunk) {
  announced_ += chunk.size;
  for (std::uint64_t left = chunk.size; left > 0;) {
    auto piece = line_.data();
    if (!piece) return std::unexpected(piece.error());
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(piece->size(), left));
    const std::size_t produced = decoder_.decode(piece->first(length));
    faults_ = decoder_.faults();
    take({piece->data(), produced});
    line_.consume(length);
    left -= length;
    if (hung_up()) return {};
  }
  if (!chunk.last) return {};
  if (decoder_.finish()) take("\n");
  faults_ = decoder_.faults();
  end_message();
  return {};
}

std::optional<Consequence> MessageReader::refusal_of(const Chunk& chunk) const {
  const std::uint64_t most = limits_.message;
  const bool has_room = most == 0 || (announced_ <= most && chunk.size <= most - announced_);
  return has_room ? std::nullopt : std::optional(too_big(chunk.size));
}

Consequence MessageReader::too_big(std::uint64_t size) const {
  log_.log(Level::alert, "Message too big: size: " + std::to_string(size) +
                             " (max size: " + std::to_string(limits_.message) + ')');
  return refuse(552, {5, 3, 4}, "Message too big!");
}

std::optional<Consequence> MessageReader::refusal() const {
  if (hung_up()) return refusal_;
  if (too_big()) return too_big(size_);
  if (faults_.any()) return refuse(554, {5, 6, 0}, text_of(faults_));
  if (header_.too_long()) return refuse(552, {5, 3, 4}, "Message header too big");
  if (failed_ == Errc::no_room) return refuse(452, {4, 3, 1}, "Insufficient system storage");
  if (failed_) return refuse(451, {4, 3, 0}, "Internal error, try again later");
  if (refusal_) return refusal_;
  if (txn_.header.get_all("Received").size() >= limits_.hops)
    return refuse(554, {5, 4, 6}, "Too many hops");
  return {};
}

void MessageReader::take(std::string_view text) {
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

void MessageReader::end_header() {
  in_body_ = true;
  if (!header_.done()) header_.finish();
  const std::string overrun = header_.take_overrun();
  txn_.header = header_.take();
  if (txn_.smtputf8) txn_.header.set_charset(Charset::utf8);
  note_tls_required();
  refusal_ = check_header_(txn_);
  if (!given_up()) store(overrun);
}

// RFC 8689 5: only this value, only once, and not against REQUIRETLS.
void MessageReader::note_tls_required() {
  const auto fields = txn_.header.get_all("TLS-Required");
  if (fields.size() != 1 || !equal_ignoring_case(trim(fields.front()), "no")) return;
  if (txn_.transport_tls == TransportTls::usual) txn_.transport_tls = TransportTls::waived;
}

void MessageReader::end_message() {
  if (!in_body_ && !given_up()) end_header();
}

void MessageReader::store(std::string_view text) {
  if (text.empty()) return;
  const auto stored = txn_.body().append(text);
  if (stored) return;
  failed_ = stored.error().code;
  log_.log(Level::crit, "cannot store the message: " + stored.error().what);
}

}  // namespace smtpd
