#pragma once
/// Message text as BDAT transfers it: its length was said, so that nothing in it ends it and no dot
/// is stuffed (RFC 3030 2).
#include <cstddef>
#include <span>

#include "lib/smtp/line_ends.hpp"

namespace smtpd {

/// Turns the text of one message into lines that end in LF, in place and in pieces of any size; a
/// CRLF may be cut in two.
class TextDecoder {
 public:
  /// `max_text_line`: octets in a line without its line end (RFC 5321 4.5.3.1.6).
  TextDecoder(LineEnds line_ends, std::size_t max_text_line);
  /// Decodes `piece` in place; how many octets of text are then at its beginning. An octet that a
  /// fault is about may be missing from the text.
  std::size_t decode(std::span<char> piece);
  /// There is no more. True if the last line lacks its end, which the caller then adds: a message
  /// that DATA transfers ends in one.
  bool finish();
  const TextFaults& faults() const { return faults_; }

 private:
  LineEnds line_ends_;
  std::size_t max_text_line_;
  std::size_t line_length_ = 0;  ///< octets of the current line
  bool after_cr_ = false;        ///< a CR was read that may belong to a line end
  TextFaults faults_;
};

}  // namespace smtpd
