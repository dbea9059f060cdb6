#include "lib/smtp/dot_decoder.hpp"

#include <cstring>

namespace smtpd {
namespace {

/// The first `c` in [begin, end), or `end`.
char* find(char* begin, char* end, char c) {
  void* const found = std::memchr(begin, c, static_cast<std::size_t>(end - begin));
  return found ? static_cast<char*>(found) : end;
}

}  // namespace

/// One run over a chunk.
struct DotDecoder::Pass {
  char* in = nullptr;   ///< what is read next
  char* out = nullptr;  ///< what is written next; never beyond `in`
  char* end = nullptr;  ///< of the chunk
  char* lf =
      nullptr;  ///< the first LF from `in` on, or `end`; sought anew only when it has been passed
};

DotDecoder::DotDecoder(LineEnds line_ends, std::size_t max_text_line)
    : line_ends_(line_ends), max_text_line_(max_text_line) {}

DotDecoder::Step DotDecoder::decode(std::span<char> chunk) {
  if (chunk.empty() || state_ == State::done) return {0, 0, state_ == State::done};
  char* const begin = chunk.data();
  char* const end = begin + chunk.size();
  Pass pass{begin, begin, end, find(begin, end, '\n')};
  const char* const nul = find(begin, end, '\0');  // now, because the octets will move
  while (pass.in != end && state_ != State::done) {
    switch (state_) {
      case State::line_start:
        take_usual_lines(pass);
        if (pass.in != end) take_line(pass);
        break;
      case State::in_line: take_line(pass); break;
      case State::cr: after_cr(pass); break;
      case State::dot: after_dot(pass); break;
      case State::dot_cr: after_dot_cr(pass); break;
      case State::done: break;
    }
  }
  if (nul < pass.in) faults_.nul = true;
  return {static_cast<std::size_t>(pass.in - begin), static_cast<std::size_t>(pass.out - begin),
          state_ == State::done};
}

/// Whole lines as nearly all are: not begun by a dot, with one CR, which is before the LF. Nothing
/// that take_line() would not do, but all of it in one loop.
void DotDecoder::take_usual_lines(Pass& pass) {
  char *in = pass.in, *out = pass.out;
  while (in != pass.end && *in != '.') {
    if (pass.lf < in) pass.lf = find(in, pass.end, '\n');
    char* const cr = pass.lf - 1;
    if (pass.lf == pass.end || cr < in || *cr != '\r' || find(in, cr, '\r') != cr) break;
    const auto length = static_cast<std::size_t>(cr - in);
    if (length > max_text_line_) faults_.long_line = true;
    if (out != in) std::memmove(out, in, length);
    out += length;
    *out++ = '\n';
    in = pass.lf + 1;
  }
  pass.in = in;
  pass.out = out;
}

/// The rest of a line, or of the chunk, or up to a CR that does not end it. A dot that begins the
/// line is held back.
void DotDecoder::take_line(Pass& pass) {
  if (state_ == State::line_start && *pass.in == '.') {
    ++pass.in;
    state_ = State::dot;
    return;
  }
  state_ = State::in_line;
  if (pass.lf < pass.in) pass.lf = find(pass.in, pass.end, '\n');
  char* const cr = find(pass.in, pass.lf, '\r');
  copy_until(pass, cr);
  if (cr != pass.lf) {
    ++pass.in;
    state_ = State::cr;
  } else if (pass.lf != pass.end) {
    bare_lf(pass);
  }
}

void DotDecoder::after_cr(Pass& pass) {
  if (*pass.in == '\n') return end_line(pass, State::line_start);
  faults_.bare_cr = true;
  state_ = State::in_line;
}

void DotDecoder::after_dot(Pass& pass) {
  if (*pass.in == '\r') {
    ++pass.in;
    state_ = State::dot_cr;
  } else if (*pass.in == '\n' && line_ends_ == LineEnds::any) {
    ++pass.in;
    state_ = State::done;
  } else {
    state_ =
        State::in_line;  // there is more in the line: the dot was a stuffed one (RFC 5321 4.5.2)
  }
}

void DotDecoder::after_dot_cr(Pass& pass) {
  if (*pass.in == '\n') {
    ++pass.in;
    state_ = State::done;
  } else {
    after_cr(pass);
  }
}

void DotDecoder::bare_lf(Pass& pass) {
  if (line_ends_ == LineEnds::strict) faults_.bare_lf = true;
  end_line(pass, line_ends_ == LineEnds::any ? State::line_start : State::in_line);
}

void DotDecoder::copy_until(Pass& pass, char* end) {
  const auto length = static_cast<std::size_t>(end - pass.in);
  if (pass.out != pass.in) std::memmove(pass.out, pass.in, length);
  pass.in += length;
  pass.out += length;
  line_length_ += length;
  if (line_length_ > max_text_line_) faults_.long_line = true;
}

/// Reads the LF.
void DotDecoder::end_line(Pass& pass, State next) {
  ++pass.in;
  *pass.out++ = '\n';
  line_length_ = 0;
  state_ = next;
}

}  // namespace smtpd
