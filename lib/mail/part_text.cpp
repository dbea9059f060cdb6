#include "lib/mail/part_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "lib/base/hex.hpp"
#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"

namespace smtpd {
namespace {

std::string from_latin1(std::string_view text) {
  std::string converted;
  for (const char c : text) append_utf8(converted, static_cast<unsigned char>(c));
  return converted;
}

/// A byte order mark counts for more than `big_endian`.
std::string from_utf16(std::string_view text, bool big_endian) {
  if (text.starts_with("\xff\xfe")) big_endian = false;
  if (text.starts_with("\xfe\xff")) big_endian = true;
  const auto unit = [&](std::size_t at) -> std::uint32_t {
    const auto high = static_cast<unsigned char>(text[big_endian ? at : at + 1]);
    const auto low = static_cast<unsigned char>(text[big_endian ? at + 1 : at]);
    return static_cast<std::uint32_t>(high << 8 | low);
  };
  std::string converted;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    std::uint32_t code = unit(i);
    const bool is_pair =
        (code & 0xfc00) == 0xd800 && i + 3 < text.size() && (unit(i + 2) & 0xfc00) == 0xdc00;
    if (is_pair) {
      code = 0x10000 + ((code & 0x3ff) << 10 | (unit(i + 2) & 0x3ff));
      i += 2;
    }
    if (code != 0xfeff) append_utf8(converted, code);
  }
  return converted;
}

struct Reference {
  std::string_view name;
  std::uint32_t code;
};
/// The named references that an address may be hidden in (HTML 13.5).
constexpr std::array<Reference, 29> references{{
    {"amp", '&'},     {"lt", '<'},        {"gt", '>'},       {"quot", '"'},   {"apos", '\''},
    {"nbsp", 0xa0},   {"period", '.'},    {"colon", ':'},    {"sol", '/'},    {"bsol", '\\'},
    {"commat", '@'},  {"num", '#'},       {"quest", '?'},    {"equals", '='}, {"percnt", '%'},
    {"lowbar", '_'},  {"hyphen", 0x2010}, {"dash", 0x2010},  {"shy", 0xad},   {"zwj", 0x200d},
    {"zwnj", 0x200c}, {"Tab", '\t'},      {"NewLine", '\n'}, {"lsqb", '['},   {"rsqb", ']'},
    {"lbrack", '['},  {"rbrack", ']'},    {"semi", ';'},     {"comma", ','},
}};

/// A reference at the front of a text that begins with `&`, taken off; none if it is no such thing.
std::optional<std::uint32_t> take_reference(std::string_view& text) {
  constexpr std::size_t longest = 32;
  std::string_view rest = text.substr(1, longest);
  std::optional<std::uint32_t> code;
  if (rest.starts_with('#')) {
    rest.remove_prefix(1);
    const bool is_hex = rest.starts_with('x') || rest.starts_with('X');
    if (is_hex) rest.remove_prefix(1);
    const std::uint32_t base = is_hex ? 16 : 10;
    for (int digit = 0; !rest.empty() && (digit = hex_value(rest.front())) >= 0;
         rest.remove_prefix(1)) {
      if (static_cast<std::uint32_t>(digit) >= base) break;
      code = std::min<std::uint32_t>(code.value_or(0) * base + static_cast<std::uint32_t>(digit),
                                     0x110000);
    }
    if (code && (*code > 0x10ffff || *code == 0)) code = 0xfffd;
  } else {
    const auto end = std::ranges::find_if_not(rest, is_alnum) - rest.begin();
    const auto name = rest.substr(0, static_cast<std::size_t>(end));
    const auto found = std::ranges::find(references, name, &Reference::name);
    if (found == references.end()) return {};
    code = found->code;
    rest.remove_prefix(name.size());
  }
  if (!code) return {};
  if (rest.starts_with(';')) rest.remove_prefix(1);
  text.remove_prefix(static_cast<std::size_t>(rest.data() - text.data()));
  return code;
}

std::string without_references(std::string_view html) {
  std::string text;
  text.reserve(html.size());
  while (!html.empty()) {
    const auto ampersand = std::min(html.find('&'), html.size());
    text += html.substr(0, ampersand);
    html.remove_prefix(ampersand);
    if (html.empty()) break;
    if (const auto code = take_reference(html)) {
      append_utf8(text, *code);
    } else {
      text += '&';
      html.remove_prefix(1);
    }
  }
  return text;
}

bool is_tab_or_line_end(char c) { return c == '\t' || c == '\n' || c == '\r'; }

/// Behind `into`: each quoted attribute value that has tabs or line ends, without them.
void append_broken_values(std::string_view html, std::string& into) {
  for (auto at = html.find('='); at != html.npos; at = html.find('=', at)) {
    at = html.find_first_not_of(" \t\r\n", at + 1);
    if (at == html.npos) return;
    if (html[at] != '"' && html[at] != '\'') continue;
    const auto end = html.find(html[at], at + 1);
    if (end == html.npos) return;
    std::string value = without_references(html.substr(at + 1, end - at - 1));
    if (std::erase_if(value, is_tab_or_line_end) > 0) into.append("\n").append(value);
    ++at;  // what looks like a value may be none: the next one may be inside
  }
}

}  // namespace

std::string part_text(std::string octets, const ContentType& content) {
  const std::string charset = lower(trim(content.parameter("charset")));
  if (charset.starts_with("utf-16")) {
    // Without a mark it is little-endian in practice (WHATWG Encoding 4.2).
    std::string text = from_utf16(octets, charset == "utf-16be");
    // What is ASCII is found again where an octet too much has put the rest out of step.
    std::erase(octets, '\0');
    return text.append("\n").append(octets);
  }
  const bool is_latin =
      charset == "iso-8859-1" || charset == "iso-8859-15" || charset == "windows-1252";
  if (is_latin && !is_ascii(octets)) return from_latin1(octets);
  return octets;
}

std::string html_as_text(std::string_view html) {
  std::string text = without_references(html);
  append_broken_values(html, text);
  return text;
}

}  // namespace smtpd
