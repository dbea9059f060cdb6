#include "lib/base/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace smtpd {
namespace {

constexpr std::uint32_t no_character = 0xffffffff;

/// How a first octet says what follows: its fixed bits, how many octets more, the least character
/// that may need so many.
struct Lead {
  unsigned mask = 0, bits = 0, more = 0;
  std::uint32_t least = 0;
};
constexpr auto leads = std::array{Lead{0x80, 0x00, 0, 0}, Lead{0xe0, 0xc0, 1, 0x80},
                                  Lead{0xf0, 0xe0, 2, 0x800}, Lead{0xf8, 0xf0, 3, 0x10000}};

/// Takes the first character off `text`, which is not empty; no_character if it is malformed.
std::uint32_t take_character(std::string_view& text) {
  const unsigned first = static_cast<unsigned char>(text.front());
  const auto lead = std::ranges::find_if(
      leads, [&](const Lead& each) { return (first & each.mask) == each.bits; });
  if (lead == leads.end() || text.size() <= lead->more) return no_character;
  std::uint32_t character = first & ~lead->mask;
  for (unsigned i = 1; i <= lead->more; ++i) {
    const unsigned next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return no_character;
    character = (character << 6) | (next & 0x3f);
  }
  text.remove_prefix(lead->more + 1);
  const bool surrogate = character >= 0xd800 && character <= 0xdfff;
  return character < lead->least || surrogate || character > 0x10ffff ? no_character : character;
}

struct Range {
  std::uint32_t first = 0, last = 0;
};
constexpr auto hidden =
    std::array{Range{0x00, 0x1f},     Range{0x7f, 0x9f},     Range{0x200e, 0x200f},
               Range{0x2028, 0x202e}, Range{0x2066, 0x2069}, Range{0xfeff, 0xfeff}};

}  // namespace

bool is_ascii(std::string_view text) {
  for (; text.size() >= sizeof(std::uint64_t); text.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t octets = 0;
    std::memcpy(&octets, text.data(), sizeof octets);
    if (octets & 0x8080808080808080) return false;
  }
  return std::ranges::none_of(text, [](char c) { return (c & '\x80') != 0; });
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (take_character(text) == no_character) return false;
  }
  return true;
}

void append_utf8(std::string& into, std::uint32_t code) {
  const auto octet = [&](std::uint32_t value) { into += static_cast<char>(value); };
  if (code < 0x80) return octet(code);
  if (code < 0x800) {
    octet(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) {
      octet(0xe0 | code >> 12);
    } else {
      octet(0xf0 | code >> 18);
      octet(0x80 | (code >> 12 & 0x3f));
    }
    octet(0x80 | (code >> 6 & 0x3f));
  }
  octet(0x80 | (code & 0x3f));
}

void restrict_to(Charset charset, std::string& text, std::size_t from) {
  std::string_view rest = std::string_view(text).substr(from);
  if (is_ascii(rest)) return;
  while (!rest.empty()) {
    const std::size_t at = text.size() - rest.size();
    std::string_view next = rest;
    const bool fits = charset == Charset::utf8 ? take_character(next) != no_character
                                               : (rest.front() & '\x80') == 0;
    if (!fits) text[at] = '?';
    rest.remove_prefix(fits ? std::max<std::size_t>(rest.size() - next.size(), 1) : 1);
  }
}

bool has_hidden_character(std::string_view text) {
  while (!text.empty()) {
    const std::uint32_t character = take_character(text);
    const bool is_hidden = std::ranges::any_of(hidden, [&](const Range& range) {
      return character >= range.first && character <= range.last;
    });
    if (is_hidden || character == no_character) return true;
  }
  return false;
}

}  // namespace smtpd
