#include "tests/fuzz/plain_decoder.hpp"

#include <algorithm>

#include "lib/base/text.hpp"

namespace smtpd::fuzz {
namespace {

using LineEnds = DotDecoder::LineEnds;

/// One line without its end; `pending`: its end has not come, so that a CR may be a part of it.
void take_line(std::string_view line, LineEnds ends, bool pending, Decoded& out) {
  if (line.starts_with('.')) line.remove_prefix(1);
  if (pending && line.ends_with('\r')) line.remove_suffix(1);
  for (const char c : line) {
    if (c == '\r') out.faults.bare_cr = true;
    if (c == '\n' && ends == LineEnds::strict) out.faults.bare_lf = true;
    if (c != '\r') out.text += c;
  }
  if (!pending) out.text += '\n';
}

}  // namespace

Decoded decode_by_lines(std::string_view data, LineEnds ends, std::size_t longest) {
  const std::string_view end = ends == LineEnds::any ? "\n" : "\r\n";
  Decoded out;
  while (!out.done && out.consumed < data.size()) {
    const std::string_view rest = data.substr(out.consumed);
    const auto at = rest.find(end);
    std::string_view line = rest.substr(0, at);
    out.consumed += std::min(line.size() + end.size(), rest.size());
    if (ends == LineEnds::any && at != rest.npos && line.ends_with('\r')) line.remove_suffix(1);
    out.done = at != rest.npos && line == ".";
    if (!out.done) take_line(line, ends, at == rest.npos, out);
  }
  out.faults.nul = data.substr(0, out.consumed).find('\0') != data.npos;
  for (const std::string_view line : split(out.text, '\n'))
    out.faults.long_line = out.faults.long_line || line.size() > longest;
  return out;
}

Decoded decode_chunks(std::string_view data, LineEnds ends, std::size_t longest) {
  Decoded out{.consumed = data.size(), .done = true};
  for (std::size_t i = 0; i < data.size(); ++i) {
    const bool after_cr = i > 0 && data[i - 1] == '\r';
    const bool before_lf = i + 1 < data.size() && data[i + 1] == '\n';
    if (data[i] == '\r' && !before_lf) out.faults.bare_cr = true;
    if (data[i] == '\n' && !after_cr && ends == LineEnds::strict) out.faults.bare_lf = true;
    if (data[i] == '\0') out.faults.nul = true;
    if (data[i] != '\r') out.text += data[i];
  }
  if (!out.text.empty() && !out.text.ends_with('\n')) out.text += '\n';
  for (const std::string_view line : split(out.text, '\n'))
    out.faults.long_line = out.faults.long_line || line.size() > longest;
  return out;
}

}  // namespace smtpd::fuzz
