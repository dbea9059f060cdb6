#pragma once
/// Message data as DATA transfers it: CRLF line ends, stuffed dots, CRLF.CRLF at the end (RFC
/// 5321 4.1.1.4, 4.5.2).
#include <cstddef>
#include <span>

#include "lib/base/export.hpp"
#include "lib/smtp/line_ends.hpp"

namespace smtpd {

/// Turns the data of one message into message text, in place and in chunks of any size.
class SMTPD_API DotDecoder {
 public:
  using LineEnds = smtpd::LineEnds;
  /// Decoding goes on to the true end, whatever was wrong.
  using Faults = TextFaults;
  struct Step {
    std::size_t consumed = 0;  ///< octets of the chunk that were data; all of them unless done
    std::size_t produced = 0;  ///< octets of message text at the beginning of the chunk
    bool done = false;  ///< the end of the data was found; what follows `consumed` are commands
  };

  /// `max_text_line`: octets in a line, without its line end and without a stuffed dot (RFC
  /// 5321 4.5.3.1.6).
  DotDecoder(LineEnds line_ends, std::size_t max_text_line);
  /// Decodes `chunk` in place: its first `produced` octets are then text with LF line ends and
  /// without stuffed dots. After the end it does nothing. An octet that a fault is about may be
  /// missing from the text.
  Step decode(std::span<char> chunk);
  const Faults& faults() const { return faults_; }

 private:
  enum class State {
    line_start,
    in_line,
    cr,
    dot,
    dot_cr,
    done
  };  // what has been read but not produced
  struct Pass;

  void after_cr(Pass& pass);
  void after_dot(Pass& pass);
  void after_dot_cr(Pass& pass);
  void take_usual_lines(Pass& pass);
  void take_line(Pass& pass);
  void copy_until(Pass& pass, char* end);
  void end_line(Pass& pass, State next);
  void bare_lf(Pass& pass);

  LineEnds line_ends_;
  std::size_t max_text_line_;
  std::size_t line_length_ = 0;      ///< octets produced of the current line
  State state_ = State::line_start;  ///< the CRLF of the DATA command counts (RFC 5321 4.1.1.4)
  Faults faults_;
};

}  // namespace smtpd
