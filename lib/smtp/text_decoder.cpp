#include "lib/smtp/text_decoder.hpp"

#include <algorithm>
#include <cstring>

namespace smtpd {
namespace {

/// The first `c` in [begin, end), or `end`.
char* find(char* begin, char* end, char c) {
  if (begin == end) return end;  // an empty piece has no address
  void* const found = std::memchr(begin, c, static_cast<std::size_t>(end - begin));
  return found ? static_cast<char*>(found) : end;
}

}  // namespace

TextDecoder::TextDecoder(LineEnds line_ends, std::size_t max_text_line)
    : line_ends_(line_ends), max_text_line_(max_text_line) {}

std::size_t TextDecoder::decode(std::span<char> piece) {
  char* in = piece.data();
  char* out = in;
  char* const end = in + piece.size();
  if (find(in, end, '\0') != end) faults_.nul = true;
  while (in != end) {
    if (after_cr_ && *in != '\n') {
      faults_.bare_cr = true;
      after_cr_ = false;
    }
    char* const lf = find(in, end, '\n');
    char* const stop = find(in, lf, '\r');
    const auto length = static_cast<std::size_t>(stop - in);
    if (out != in) std::memmove(out, in, length);
    out += length;
    in = stop;
    line_length_ += length;
    if (line_length_ > max_text_line_) faults_.long_line = true;
    if (in == end) break;
    if (*in++ == '\r') {
      after_cr_ = true;
      if (in == end || *in != '\n') continue;
      ++in;
    } else if (!after_cr_ && line_ends_ == LineEnds::strict) {
      faults_.bare_lf = true;
    }
    *out++ = '\n';
    after_cr_ = false;
    line_length_ = 0;
  }
  return static_cast<std::size_t>(out - piece.data());
}

bool TextDecoder::finish() {
  if (after_cr_) faults_.bare_cr = true;
  return line_length_ > 0;
}

}  // namespace smtpd
