#include "lib/smtp/reply.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "lib/base/text.hpp"

namespace smtpd {
namespace {

/// What stands in front of each line of a reply but the last, which has a blank for the hyphen.
std::string head_of(const Reply& reply) {
  constexpr std::size_t longest = std::numeric_limits<int>::digits10 + 2;  // with a sign
  std::array<char, 4 * (longest + 1)> head;
  char* at = head.data();
  const auto add = [&](int number, char behind) {
    at = std::to_chars(at, head.end(), number).ptr;
    *at++ = behind;
  };
  add(reply.code, '-');
  if (reply.enhanced) {
    add(reply.enhanced->major, '.');
    add(reply.enhanced->subject, '.');
    add(reply.enhanced->detail, ' ');
  }
  return {head.data(), at};
}

/// `5.7.1`, or none.
std::optional<EnhancedCode> parse_enhanced(std::string_view text) {
  const auto parts = split(text, '.');
  if (parts.size() != 3) return {};
  EnhancedCode code;
  int* const fields[] = {&code.major, &code.subject, &code.detail};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto value = to_number(parts[i]);
    if (!value || *value > 999) return {};
    *fields[i] = static_cast<int>(*value);
  }
  if (code.major != 2 && code.major != 4 && code.major != 5) return {};
  return code;
}

}  // namespace

EnhancedCode default_enhanced(int code) {
  const int major = code / 100;
  switch (code) {
    case 421: return {4, 3, 0};
    case 450:
    case 451: return {4, 7, 1};
    case 452: return {4, 3, 0};
    case 500:
    case 502:
    case 503: return {5, 5, 1};
    case 501:
    case 504: return {5, 5, 2};
    case 555: return {5, 5, 4};
    case 521: return {5, 7, 0};
    case 535: return {5, 7, 8};
    case 550:
    case 554: return {5, 7, 1};
    case 552: return {5, 3, 0};
    default: return {major == 4 ? 4 : major == 5 ? 5 : 2, 0, 0};
  }
}

std::optional<EnhancedCode> take_enhanced(std::string& text) {
  if (!text.ends_with(')')) return {};
  const auto from = text.rfind("(#");
  if (from == text.npos) return {};
  const auto code = parse_enhanced(std::string_view(text).substr(from + 2, text.size() - from - 3));
  if (code)
    text.resize(std::string_view(text).substr(0, from).find_last_not_of(" \t\r\n") +
                1);  // npos + 1 is 0
  return code;
}

std::string to_wire(const Reply& reply, Charset charset) {
  std::string wire;
  append_wire(wire, reply, charset);
  return wire;
}

void append_wire(std::string& wire, const Reply& reply, Charset charset) {
  const std::string head = head_of(reply);
  const std::size_t room = max_reply_line - head.size() - 2;
  std::string_view text = reply.text;
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  // With room for the many short lines of the answer to EHLO, which would come in several steps.
  wire.reserve(wire.size() + text.size() + text.size() / 2 + head.size() + 6);
  std::size_t last = 0;  // where the last line begins
  do {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    do {  // what does not fit goes to a further line of the same reply
      const std::string_view piece = line.substr(0, room);
      line.remove_prefix(piece.size());
      last = wire.size();
      wire += head;
      append_printable(wire, piece);
      restrict_to(charset, wire, last + head.size());
      wire += "\r\n";
    } while (!line.empty());
  } while (!text.empty());
  wire[last + 3] = ' ';
}

}  // namespace smtpd
