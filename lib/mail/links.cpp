#include "lib/mail/links.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "lib/base/hex.hpp"
#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"

namespace smtpd {
namespace {

// Of an authority, and of a name whose labels may have several octets a letter: far beyond what a
// host can have (RFC 1035 2.3.4).
constexpr std::size_t longest_authority = 2000, longest_name = 1000;

bool is_beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool is_name_char(char c) { return is_alnum(c) || c == '-' || c == '.' || is_beyond_ascii(c); }
bool is_slash(char c) { return c == '/' || c == '\\'; }
/// What ends a link in a text.
bool ends_link(char c) { return c == ' ' || is_control(c) || c == '"' || c == '<' || c == '>'; }

std::size_t end_of_name(std::string_view text, std::size_t at) {
  while (at < text.size() && is_name_char(text[at])) ++at;
  return at;
}

/// A part of a host that is a number: decimal, octal with 0, hexadecimal with 0x in front.
std::optional<std::uint64_t> to_host_number(std::string_view text) {
  if (text.empty()) return {};
  unsigned base = 10;
  if (starts_with_ignoring_case(text, "0x")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text.front() == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  std::uint64_t number = 0;
  for (const char c : text) {
    const int digit = hex_value(c);
    if (digit < 0 || static_cast<unsigned>(digit) >= base) return {};
    number = number * base + static_cast<unsigned>(digit);
    if (number > UINT32_MAX) return {};
  }
  return number;
}

/// One dot between labels is the most there can be.
bool has_dot(std::string_view name) {
  // The full stops of other scripts, which IDNA takes for dots (RFC 3490 3.1).
  constexpr std::string_view stops[] = {".", "\xe3\x80\x82", "\xef\xbc\x8e", "\xef\xbd\xa1"};
  return std::ranges::any_of(stops, [&](std::string_view stop) { return name.contains(stop); });
}

/// Whether a name may end in a top-level domain: letters, or an A-label.
bool may_be_bare(std::string_view name) {
  const std::string_view last = name.substr(name.rfind('.') + 1);
  return last.size() >= 2 && !is_digit(last.front());
}

class Scanner {
 public:
  Scanner(std::string_view text, const LinkTaker& take) : text_(text), take_(take) {}

  bool run() {
    while (at_ < text_.size() && !ended_) step();
    return !ended_;
  }

 private:
  void step() {
    const char c = text_[at_];
    if (ends_link(c)) in_link_ = false;
    if (!is_name_char(c)) {
      ++at_;
      return;
    }
    const std::size_t begin = at_;
    at_ = end_of_name(text_, begin);
    const std::string_view token = text_.substr(begin, at_ - begin);
    if (token.size() >= 2 && is_scheme_end()) {
      take_authority();
    } else if (!is_local_part()) {
      take_bare(token);
    }
  }

  /// At `:` and slashes, after a letter or digit.
  bool is_scheme_end() const {
    return at_ + 1 < text_.size() && text_[at_] == ':' && is_slash(text_[at_ + 1]) &&
           is_alnum(text_[at_ - 1]);
  }
  /// At the `@` of a mail address.
  bool is_local_part() const {
    return at_ + 1 < text_.size() && text_[at_] == '@' && is_name_char(text_[at_ + 1]);
  }

  void take_authority() {
    ++at_;
    while (at_ < text_.size() && is_slash(text_[at_])) ++at_;
    std::size_t end = at_;
    while (end < text_.size() && end - at_ < longest_authority && !ends_link(text_[end]) &&
           !is_slash(text_[end]) && text_[end] != '?' && text_[end] != '#')
      ++end;
    const auto userinfo = text_.substr(at_, end - at_).rfind('@');
    if (userinfo != std::string_view::npos) at_ += userinfo + 1;
    in_link_ = true;
    if (at_ < end && text_[at_] == '[') return take_literal(end);
    const std::size_t begin = at_;
    while (at_ < end && (is_name_char(text_[at_]) || text_[at_] == '_')) ++at_;
    take_host(text_.substr(begin, at_ - begin));
  }

  void take_literal(std::size_t end) {
    const std::string_view literal = text_.substr(at_ + 1, end - at_ - 1);
    const auto bracket = literal.find(']');
    if (bracket == literal.npos) return void(++at_);
    at_ += bracket + 2;
    const auto address = IpAddress::parse(literal.substr(0, bracket));
    if (address && address->v6) give({.address = address->unmapped()});
  }

  /// The host of a link that has a scheme.
  void take_host(std::string_view host) {
    // Digits of other scripts are numbers only after IDNA.
    if (!is_number_host(host) || !is_ascii(host)) return take_name(host, true);
    if (const auto address = address_of_numbers(host)) give({.address = address});
  }

  void take_bare(std::string_view token) {
    const bool is_certain = starts_with_ignoring_case(token, "www.");
    // The path of a link is full of names of files.
    if (is_certain || !in_link_) take_name(token, is_certain);
  }

  void take_name(std::string_view name, bool is_certain) {
    for (auto dots = name.find(".."); dots != name.npos; dots = name.find("..")) {
      take_name(name.substr(0, dots), is_certain);
      name.remove_prefix(dots + 1);
    }
    const auto begin = name.find_first_not_of(".-"), end = name.find_last_not_of(".-");
    if (begin == name.npos) return;
    name = name.substr(begin, end + 1 - begin);
    if (name.size() > longest_name || !has_dot(name)) return;
    if (is_certain || may_be_bare(name)) give({.name = lower(name), .certain = is_certain});
  }

  void give(LinkHost host) {
    if (!ended_ && !take_(std::move(host))) ended_ = true;
  }

  std::string_view text_;
  const LinkTaker& take_;
  std::size_t at_ = 0;
  bool in_link_ = false;  ///< after the host of a link, before what ends it
  bool ended_ = false;
};

}  // namespace

bool is_number_host(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return to_host_number(last).has_value() || (!last.empty() && std::ranges::all_of(last, is_digit));
}

std::optional<IpAddress> address_of_numbers(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  const auto parts = split(host, '.');
  if (parts.size() > 4) return {};
  std::uint64_t address = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto number = to_host_number(parts[i]);
    // The last one stands for all octets that are left.
    const std::size_t octets = i + 1 < parts.size() ? 1 : 4 - i;
    if (!number || *number >> (8 * octets) != 0) return {};
    address = address << (8 * octets) | *number;
  }
  IpAddress found;
  for (std::size_t i = 0; i < 4; ++i)
    found.octets[i] = static_cast<unsigned char>(address >> (24 - 8 * i) & 0xff);
  return found;
}

bool find_links(std::string_view text, const LinkTaker& take) {
  if (!Scanner(text, take).run()) return false;
  if (!text.contains('%')) return true;
  const std::string decoded = percent_decoded(text);
  return decoded == text || Scanner(decoded, take).run();
}

}  // namespace smtpd
