#include "lib/base/text.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <tuple>
#include <utility>

#include "lib/base/error.hpp"

namespace smtpd {

Error system_error(std::string what) {
  const int saved = errno;
  what += ": ";
  what += ::strerrordesc_np(saved);  // not strerror: no locale, no static buffer
  const bool no_room = saved == ENOSPC || saved == EDQUOT || saved == EFBIG;
  return {no_room ? Errc::no_room : Errc::io, std::move(what)};
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = to_lower(c);
  return result;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view white = " \t\r\n\v\f";
  const auto from = text.find_first_not_of(white);
  if (from == text.npos) return {};
  return text.substr(from, text.find_last_not_of(white) - from + 1);
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> result;
  result.reserve(4);  // most texts have no more
  while (true) {
    const auto from = std::ranges::find_if_not(text, is_blank);
    if (from == text.end()) return result;
    const auto end = std::find_if(from, text.end(), is_blank);
    result.emplace_back(from, end);
    text = {end, text.end()};
  }
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> result;
  result.reserve(static_cast<std::size_t>(std::ranges::count(text, separator)) + 1);
  while (true) {
    const auto at = text.find(separator);
    result.push_back(text.substr(0, at));
    if (at == text.npos) return result;
    text.remove_prefix(at + 1);
  }
}

std::optional<std::uint64_t> to_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

std::string octal(unsigned mode, unsigned digits) {
  std::string text;
  for (unsigned at = digits; at > 0; --at)
    text += static_cast<char>('0' + (mode >> (3 * (at - 1)) & 7));
  return text;
}

std::optional<bool> to_flag(std::string_view text) {
  for (std::size_t i = 0; i < flag_words.size(); ++i) {
    if (equal_ignoring_case(text, flag_words[i])) return i >= flag_words.size() / 2;
  }
  return {};
}

// Eight octets at a time, since each reply and each line of the log comes by here.
bool is_plain(std::string_view text) {
  constexpr std::uint64_t each = 0x0101010101010101, top = 0x80 * each;
  std::size_t at = 0;
  for (; at + sizeof each <= text.size(); at += sizeof each) {
    std::uint64_t octets = 0;
    std::memcpy(&octets, text.data() + at, sizeof octets);
    // Below a blank, above 127, or 127: whichever octet is so sets a top bit, itself or by a carry.
    if (((octets - ' ' * each) | octets | (octets + each)) & top) return false;
  }
  return std::ranges::all_of(text.substr(at), [](char c) { return c >= ' ' && c <= '~'; });
}

namespace {

/// A range of characters of UTF-8 that begin with the same octets: the last octet of the first and
/// of the last of them.
struct Hidden {
  std::string_view begin;
  unsigned char first = 0, last = 0;
};
// A terminal takes U+0080 to U+009F for controls as well: C2 9B begins an escape sequence. U+2028
// to U+202E, U+200E, U+200F and U+2066 to U+2069 part lines and turn the direction of writing
// round.
constexpr auto hidden = std::array{Hidden{"\xc2", 0x80, 0x9f}, Hidden{"\xe2\x80", 0x8e, 0x8f},
                                   Hidden{"\xe2\x80", 0xa8, 0xae}, Hidden{"\xe2\x81", 0xa6, 0xa9}};

/// Replaces those from `from` on, each octet by '?'.
void hide_characters(std::string& text, std::size_t from) {
  for (const Hidden& each : hidden) {
    for (auto at = text.find(each.begin, from); at != text.npos;
         at = text.find(each.begin, at + 1)) {
      const auto end = at + each.begin.size();
      if (end >= text.size()) break;
      const auto last = static_cast<unsigned char>(text[end]);
      if (last >= each.first && last <= each.last)
        std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(at), each.begin.size() + 1, '?');
    }
  }
}

}  // namespace

void append_printable(std::string& into, std::string_view text) {
  const auto begin = static_cast<std::ptrdiff_t>(into.size());
  into += text;
  if (is_plain(text)) return;
  std::replace_if(into.begin() + begin, into.end(), is_control, '?');
  hide_characters(into, static_cast<std::size_t>(begin));
}

std::string printable(std::string_view text) {
  std::string result;
  append_printable(result, text);
  return result;
}

namespace {

/// Letters put in, left out or wrong, and neighbours that have changed places (optimal string
/// alignment). The words compared here are names of arguments and plugins, so the cost does not
/// matter.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, above, row(b.size() + 1);  // two rows before, one, this one
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before = std::exchange(above, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, substituted});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  constexpr std::size_t longest = 64;  // what is longer is no misspelt name
  if (word.size() > longest) return {};
  std::string_view best;
  // One mistake in a short word, three in a long one: what is further away was not meant.
  std::size_t best_distance = word.size() < 4 ? 2 : word.size() < 8 ? 3 : 4;
  for (const std::string_view candidate : candidates) {
    const std::size_t found = distance(word, candidate);
    if (found < best_distance) std::tie(best, best_distance) = std::pair(candidate, found);
  }
  return best;
}

}  // namespace smtpd
