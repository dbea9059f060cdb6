#pragma once
/// A message on its way in, by DATA or in the chunks of BDAT (RFC 5321 4.1.1.4, RFC 3030).
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string_view>

#include "lib/mail/header_list.hpp"
#include "lib/plugin/transaction.hpp"
#include "lib/services/log.hpp"
#include "lib/session/client_line.hpp"
#include "lib/session/limits.hpp"
#include "lib/session/policy.hpp"
#include "lib/smtp/chunk.hpp"
#include "lib/smtp/text_decoder.hpp"

namespace smtpd {

/// Takes the text of one message apart, into the header and the body of a transaction. What is
/// wrong with it is remembered and answered after its end: returning to commands in the middle of a
/// message would execute its text.
class MessageReader {
 public:
  /// Hears of the header once it has been read. Returns a refusal of the message, or none.
  using HeaderCheck = std::function<std::optional<Consequence>(Transaction&)>;
  /// All of it outlives the reader; the transaction also when a hook ends it.
  struct Parts {
    ClientLine& line;
    const Limits& limits;
    Log& log;
    Transaction& txn;
  };
  MessageReader(const Parts& parts, HeaderCheck check_header);

  /// Reads up to the end of the data of DATA. Errors: those of ClientLine::data. Without an error
  /// the message has been read, or its refusal ends the session in the middle of it.
  std::expected<void, Error> read_data();
  /// Reads a chunk of BDAT; errors as above.
  std::expected<void, Error> read_chunk(const Chunk& chunk);
  /// The refusal of a chunk with which the message has more octets than config databytes allows;
  /// none for one that is to be read.
  std::optional<Consequence> refusal_of(const Chunk& chunk) const;

  /// Of header and body so far, with LF line ends.
  std::uint64_t octets() const { return size_; }
  /// True if the message is refused, and not for its text: that is answered at its end.
  bool is_refused() const { return given_up() && !faults_.any(); }
  /// What is to be answered instead of handing the message on; none if nothing is wrong with it.
  std::optional<Consequence> refusal() const;
  bool belongs_to(const Transaction* txn) const { return &txn_ == txn; }

 private:
  /// True if the connection is to be closed before the message has ended.
  bool hung_up() const { return refusal_ && refusal_->close; }
  bool too_big() const { return limits_.message > 0 && size_ > limits_.message; }
  Consequence too_big(std::uint64_t size) const;
  /// True when the rest of the message is read, but of no use.
  bool given_up() const {
    return failed_ || refusal_ || header_.too_long() || too_big() || faults_.any();
  }
  void take(std::string_view text);
  void end_header();
  void note_tls_required();
  void end_message();
  void store(std::string_view text);

  ClientLine& line_;
  const Limits& limits_;
  Log& log_;
  Transaction& txn_;
  const HeaderCheck check_header_;
  const LineEnds line_ends_;
  TextDecoder decoder_;  // of chunks
  HeaderReader header_;
  TextFaults faults_ = {};
  std::uint64_t size_ = 0;       // header and body with LF line ends, as databytes counts them
  std::uint64_t announced_ = 0;  // octets of all chunks
  bool in_body_ = false;
  std::optional<Errc> failed_;          // our own trouble
  std::optional<Consequence> refusal_;  // by the check of the header
};

}  // namespace smtpd
