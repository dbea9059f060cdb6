#include "lib/base/json.hpp"

#include <algorithm>
#include <array>

#include "lib/base/hex.hpp"

namespace smtpd {
namespace {

/// Octets of the well-formed UTF-8 sequence that `text` begins with (RFC 3629 4); 0 if there is
/// none.
std::size_t utf8_length(std::string_view text) {
  struct Form {
    unsigned char first_from, first_to, second_from, second_to;
    std::size_t length;
  };
  constexpr std::array forms{
      Form{0x00, 0x7f, 0x00, 0x00, 1}, Form{0xc2, 0xdf, 0x80, 0xbf, 2},
      Form{0xe0, 0xe0, 0xa0, 0xbf, 3}, Form{0xe1, 0xec, 0x80, 0xbf, 3},
      Form{0xed, 0xed, 0x80, 0x9f, 3}, Form{0xee, 0xef, 0x80, 0xbf, 3},
      Form{0xf0, 0xf0, 0x90, 0xbf, 4}, Form{0xf1, 0xf3, 0x80, 0xbf, 4},
      Form{0xf4, 0xf4, 0x80, 0x8f, 4},
  };
  const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  for (const Form& form : forms) {
    if (octet(0) < form.first_from || octet(0) > form.first_to) continue;
    if (text.size() < form.length) return 0;
    if (form.length > 1 && (octet(1) < form.second_from || octet(1) > form.second_to)) return 0;
    for (std::size_t at = 2; at < form.length; ++at) {
      if ((octet(at) & 0xc0) != 0x80) return 0;
    }
    return form.length;
  }
  return 0;
}

/// One character as it stands in a JSON string; `sequence` is well-formed.
std::string character(std::string_view sequence) {
  const auto octet = static_cast<unsigned char>(sequence[0]);
  if (octet == '"' || octet == '\\') return {'\\', sequence[0]};
  // A terminal takes DEL and U+0080 to U+009F for controls too.
  const bool c1 = octet == 0xc2 && static_cast<unsigned char>(sequence[1]) < 0xa0;
  if (octet >= 0x20 && octet != 0x7f && !c1) return std::string(sequence);
  const auto code = c1 ? static_cast<unsigned char>(sequence[1]) : octet;
  std::string escaped = "\\u00";
  append_hex(escaped, static_cast<char>(code));
  return escaped;
}

}  // namespace

void append_json(std::string& into, std::string_view text, std::size_t most) {
  into += '"';
  const std::size_t begin = into.size();
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string next = length > 0 ? character(text.substr(0, length)) : "\xef\xbf\xbd";
    if (most - std::min(most, into.size() - begin) < next.size()) {
      into += "...";
      break;
    }
    into += next;
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  into += '"';
}

}  // namespace smtpd
