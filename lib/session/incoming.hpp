#pragma once
/// A message on its way in, by DATA or in the chunks of BDAT (RFC 5321 4.1.1.4, RFC 3030).
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "lib/mail/header_list.hpp"
#include "lib/session/session.hpp"
#include "lib/smtp/chunk.hpp"
#include "lib/smtp/text_decoder.hpp"

namespace smtpd {

/// Takes the text of one message apart. What is wrong with it is remembered and answered behind its
/// end: returning to commands in the middle of a message would execute its text.
class Session::Incoming {
 public:
  /// Of the session's transaction, which the session keeps until the command has been answered,
  /// also when a hook ends it.
  explicit Incoming(Session& session);

  /// Reads up to the end of the data of DATA. Errors: those of the channel. Without an error the
  /// message has been read, or a plugin ends the session (see hung_up).
  std::expected<void, Error> read_data();
  /// Reads a chunk of BDAT; errors as above.
  std::expected<void, Error> read_chunk(const Chunk& chunk);
  /// False if with a chunk of this size the message has more octets than config databytes allows.
  bool has_room_for(const Chunk& chunk) const;

  /// Of header and body so far, with LF line ends.
  std::uint64_t octets() const { return size_; }
  /// True if a plugin wants the connection closed before the message has ended.
  bool hung_up() const { return refusal_ && refusal_->reply && refusal_->reply->close; }
  /// True if the message is refused, and not for its text: that is answered at its end.
  bool is_refused() const { return given_up() && !faults_.any(); }
  /// What is to be answered instead of handing the message on.
  std::optional<Settled> verdict() const;
  bool belongs_to(const Transaction* txn) const { return &txn_ == txn; }

 private:
  bool too_big() const;
  /// True when the rest of the message is read, but of no use.
  bool given_up() const {
    return failed_ || refusal_ || header_.too_long() || too_big() || faults_.any();
  }
  void take(std::string_view text);
  void end_header();
  void note_tls_required();
  void end_message();
  void store(std::string_view text);

  Session& session_;
  Transaction& txn_;
  TextDecoder decoder_;  ///< of chunks
  HeaderReader header_;
  TextFaults faults_ = {};
  std::uint64_t size_ = 0;       ///< header and body with LF line ends, as databytes counts them
  std::uint64_t announced_ = 0;  ///< octets of all chunks
  bool in_body_ = false;
  bool failed_ = false;             ///< our own trouble
  std::optional<Settled> refusal_;  ///< of the hook data_headers_end
};

}  // namespace smtpd
