#include "lib/mail/header_text.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "lib/base/base64.hpp"
#include "lib/base/hex.hpp"
#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"

namespace smtpd {
namespace {

enum class CharacterSet { utf8, windows_1252, iso_8859_15 };

struct NamedSet {
  std::string_view name;
  CharacterSet set;
};
/// What is called ISO-8859-1 is Windows-1252 as often as not, which has more characters.
constexpr auto named_sets = std::array{
    NamedSet{"utf-8", CharacterSet::utf8},
    NamedSet{"utf8", CharacterSet::utf8},
    NamedSet{"us-ascii", CharacterSet::utf8},
    NamedSet{"ascii", CharacterSet::utf8},
    NamedSet{"iso-8859-1", CharacterSet::windows_1252},
    NamedSet{"latin1", CharacterSet::windows_1252},
    NamedSet{"windows-1252", CharacterSet::windows_1252},
    NamedSet{"cp1252", CharacterSet::windows_1252},
    NamedSet{"iso-8859-15", CharacterSet::iso_8859_15},
};

/// Windows-1252 from 0x80 to 0x9f; 0 where it has nothing.
constexpr std::array<char16_t, 32> windows_1252{
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

char16_t in_windows_1252(unsigned char octet) {
  return octet >= 0x80 && octet < 0xa0 ? windows_1252.at(octet - 0x80U) : octet;
}

/// Where ISO-8859-15 differs from ISO-8859-1.
char16_t in_iso_8859_15(unsigned char octet) {
  switch (octet) {
    case 0xa4: return 0x20ac;
    case 0xa6: return 0x0160;
    case 0xa8: return 0x0161;
    case 0xb4: return 0x017d;
    case 0xb8: return 0x017e;
    case 0xbc: return 0x0152;
    case 0xbd: return 0x0153;
    case 0xbe: return 0x0178;
    default: return octet;
  }
}

std::string to_utf8(CharacterSet set, std::string_view octets) {
  if (set == CharacterSet::utf8) return std::string(octets);
  std::string text;
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    append_utf8(text,
                set == CharacterSet::windows_1252 ? in_windows_1252(octet) : in_iso_8859_15(octet));
  }
  return text;
}

/// RFC 2047 4.2; a `=` without two digits stands for itself.
std::string from_q(std::string_view text) {
  std::string octets;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octet = text[i] == '=' ? hex_octet(text.substr(i + 1)) : std::nullopt;
    octets += octet.value_or(text[i] == '_' ? ' ' : text[i]);
    if (octet) i += 2;
  }
  return octets;
}

struct EncodedWord {
  CharacterSet set;
  std::string octets;
  std::size_t length;  // in the text
};

/// The word `=?SET?Q?TEXT?=` that `text` begins with (RFC 2047 2; RFC 2231 5 lets a language stand
/// after the set).
std::optional<EncodedWord> encoded_word(std::string_view text) {
  if (!text.starts_with("=?")) return {};
  const auto set_end = text.find('?', 2);
  if (set_end == text.npos || set_end + 3 > text.size() || text[set_end + 2] != '?') return {};
  const auto end = text.find("?=", set_end + 3);
  if (end == text.npos) return {};
  const std::string_view set = text.substr(2, set_end - 2);
  const auto known = std::ranges::find_if(named_sets, [&](const NamedSet& each) {
    return equal_ignoring_case(each.name, set.substr(0, set.find('*')));
  });
  if (known == named_sets.end()) return {};
  const std::string_view inside = text.substr(set_end + 3, end - set_end - 3);
  if (inside.find_first_of(" \t") != inside.npos) return {};
  const char encoding = to_upper(text[set_end + 1]);
  auto octets = encoding == 'B'   ? from_base64(inside)
                : encoding == 'Q' ? std::optional(from_q(inside))
                                  : std::nullopt;
  if (!octets) return {};
  return EncodedWord{known->set, std::move(*octets), end + 2};
}

}  // namespace

std::string header_text(std::string_view value) {
  std::string unfolded(value.substr(0, longest_header_text));
  std::erase_if(unfolded, [](char c) { return c == '\n' || c == '\r'; });
  std::string_view rest = unfolded;
  std::string text, octets;  // of words that follow each other: a character may be in two of them
  std::optional<CharacterSet> set;
  const auto flush = [&] {
    if (set) text += to_utf8(*set, octets);
    octets.clear();
    set.reset();
  };
  while (!rest.empty()) {
    const std::size_t blanks = std::min(rest.find_first_not_of(" \t"), rest.size());
    // Blanks between two encoded words belong to neither (RFC 2047 6.2).
    if (auto word = encoded_word(rest.substr(set ? blanks : 0))) {
      rest.remove_prefix((set ? blanks : 0) + word->length);
      if (set && *set != word->set) flush();
      set = word->set;
      octets += word->octets;
      continue;
    }
    flush();
    text += rest.front();
    rest.remove_prefix(1);
  }
  flush();
  std::ranges::replace_if(text, is_control, ' ');
  restrict_to(Charset::utf8, text);
  return std::string(trim(text));
}

}  // namespace smtpd
