#include "lib/mail/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"
#include "lib/mail/idn.hpp"

namespace smtpd {
namespace {

constexpr std::size_t usual_local_part = 64;  // RFC 5321 4.5.3.1.1: what every server takes
constexpr std::size_t longest_domain = 255;   // RFC 5321 4.5.3.1.2
constexpr std::size_t longest_label = 63;     // RFC 1035 2.3.4

constexpr bool is_printable(char c) { return c >= ' ' && c <= '~'; }

/// RFC 5322 3.2.3, atext, and what RFC 6531 3.3 adds, by octet: every recipient's every octet is
/// looked up here.
constexpr auto atom_chars = [] {
  std::array<bool, 256> table{};
  for (int c = 0; c < 128; ++c) table[static_cast<std::size_t>(c)] = is_alnum(static_cast<char>(c));
  for (const char c : std::string_view("!#$%&'*+-/=?^_`{|}~"))
    table[static_cast<unsigned char>(c)] = true;
  for (std::size_t c = 128; c < table.size(); ++c) table[c] = true;
  return table;
}();

constexpr bool is_atom_char(char c) { return atom_chars[static_cast<unsigned char>(c)]; }

bool is_dot_string(std::string_view text) {
  char before = '.';
  for (const char c : text) {
    if (c == '.' ? before == '.' : !is_atom_char(c)) return false;
    before = c;
  }
  return before != '.';
}

bool is_special_in_quotes(char c) { return c == '"' || c == '\\'; }
bool is_no_dot_string_char(char c) { return !is_atom_char(c) && c != '.'; }

/// `user` as a quoted string with a backslash in front of what is `special`.
std::string quote(std::string_view user, bool (*special)(char)) {
  std::string quoted = "\"";
  for (const char c : user) {
    if (special(c)) quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

/// What a whole quoted string stands for; none if `text` is not one.
std::optional<std::string> unquote(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return {};
  text = text.substr(1, text.size() - 2);
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return {};
    if (text[i] == '\\') ++i;
    if (i == text.size()) return {};
    result += text[i];
  }
  return result;
}

std::optional<std::string> parse_local_part(std::string_view text, Address::Grammar grammar) {
  if (text.starts_with('"')) return unquote(text);
  if (is_dot_string(text)) return std::string(text);
  const bool accepted = grammar == Address::Grammar::lenient && !text.empty() &&
                        is_atom_char(text.front()) && text.find_first_of("<>") == text.npos;
  return accepted ? std::optional(std::string(text)) : std::nullopt;
}

/// RFC 5321 4.1.2, sub-domains joined by dots; lenient ones may have '_' where a letter may stand.
bool is_domain(std::string_view text, Address::Grammar grammar) {
  const bool lenient = grammar == Address::Grammar::lenient;
  char before = '.';
  std::size_t label = 0;  // octets
  for (const char c : text) {
    const bool begins_label = before == '.';
    if (c == '.' && (begins_label || before == '-')) return false;
    if (c == '-' && begins_label) return false;
    if (c != '.' && c != '-' && !is_alnum(c) && !(lenient && c == '_')) return false;
    label = c == '.' ? 0 : label + 1;
    if (label > longest_label) return false;
    before = c;
  }
  return before != '.' && before != '-';
}

/// Without the dot of the root where one may stand; a literal has none.
std::string_view without_root(std::string_view domain, Address::Grammar grammar) {
  const bool has_root = domain.ends_with('.') && !domain.starts_with('[');
  if (grammar == Address::Grammar::lenient && has_root) domain.remove_suffix(1);
  return domain;
}

bool is_ipv4(std::string_view text) {  // not inet_pton, which refuses leading zeros
  const auto numbers = split(text, '.');
  return numbers.size() == 4 && std::ranges::all_of(numbers, [](std::string_view number) {
           return number.size() <= 3 && to_number(number).value_or(256) <= 255;
         });
}

bool is_ipv6(std::string_view text) {
  in6_addr address;
  return ::inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

/// The domain or address literal in its canonical spelling; none if it is neither.
std::optional<std::string> parse_host(std::string_view text, Address::Grammar grammar) {
  if (!text.starts_with('['))
    return is_domain(text, grammar) ? std::optional(lower(text)) : std::nullopt;
  if (text.size() < 2 || !text.ends_with(']')) return {};
  constexpr std::string_view tag = "IPv6:";
  std::string_view literal = text.substr(1, text.size() - 2);
  if (is_ipv4(literal)) return std::string(text);
  if (!starts_with_ignoring_case(literal, tag)) return {};
  literal.remove_prefix(tag.size());
  if (!is_ipv6(literal)) return {};
  return '[' + std::string(tag) + lower(literal) + ']';
}

/// Takes `@a.example,@b.example:` off the front; false if what begins like one is no source route
/// (RFC 5321 4.1.2).
bool drop_source_route(std::string_view& path, Address::Grammar grammar) {
  if (!path.starts_with('@')) return true;
  const auto colon = path.find(':');
  if (colon == path.npos) return false;
  const auto hops = split(path.substr(0, colon), ',');
  path.remove_prefix(colon + 1);
  return std::ranges::all_of(hops, [&](std::string_view hop) {
    return hop.starts_with('@') && is_domain(without_root(hop.substr(1), grammar), grammar);
  });
}

std::unexpected<Error> syntax(std::string what) {
  return std::unexpected(Error{Errc::syntax, std::move(what)});
}
std::unexpected<Error> too_long(std::string what) {
  return std::unexpected(Error{Errc::too_long, std::move(what)});
}

}  // namespace

Address::Address(std::string user, std::string host)
    : user_(std::move(user)), host_(std::move(host)) {}

std::expected<Address, Error> Address::parse(std::string_view path, Grammar grammar,
                                             std::size_t longest_local_part) {
  return parse_path(path, {grammar, Octets::ascii, longest_local_part});
}

std::expected<Address, Error> Address::parse_utf8(std::string_view path, Grammar grammar,
                                                  std::size_t longest_local_part) {
  if (has_hidden_character(path)) return syntax("address has a character in it that hides others");
  return parse_path(path, {grammar, Octets::utf8, longest_local_part});
}

std::expected<Address, Error> Address::parse_path(std::string_view path, const Rules& rules) {
  if (!path.starts_with('<') || !path.ends_with('>'))
    return syntax("address is not in angle brackets");
  std::string_view mailbox = path.substr(1, path.size() - 2);
  if (mailbox.empty()) return Address();
  if (equal_ignoring_case(mailbox, "postmaster"))
    return Address("postmaster", "");  // RFC 5321 4.1.1.3
  if (rules.octets == Octets::ascii && !std::ranges::all_of(mailbox, is_printable))
    return syntax("address has a control or 8-bit character in it");
  if (!drop_source_route(mailbox, rules.grammar)) return syntax("source route is malformed");
  const auto at = mailbox.rfind('@');  // no domain and no literal has an @ in it
  if (at == mailbox.npos) return syntax("address has no domain");
  const std::string_view local_part = mailbox.substr(0, at);
  const std::string_view domain = without_root(mailbox.substr(at + 1), rules.grammar);
  if (local_part.size() > rules.longest_local_part)
    return too_long("local part is longer than " + std::to_string(rules.longest_local_part) +
                    " octets");
  if (domain.size() > longest_domain) return too_long("domain is longer than 255 octets");
  if (path.size() > longest_path) return too_long("path is longer than 256 octets");
  auto user = parse_local_part(local_part, rules.grammar);
  if (!user) return syntax("local part is malformed");
  std::string a_labels;
  if (rules.octets == Octets::utf8 && !is_ascii(domain)) {
    auto converted = to_a_labels(domain);
    if (!converted) return std::unexpected(std::move(converted.error()));
    a_labels = std::move(*converted);
  }
  auto host = parse_host(a_labels.empty() ? domain : std::string_view(a_labels), rules.grammar);
  if (!host)
    return syntax(domain.starts_with('[') ? "address literal is malformed" : "domain is malformed");
  if (local_part.size() + host->size() + 3 > longest_path)
    return too_long("path is longer than 256 octets");
  return Address(std::move(*user), std::move(*host));
}

std::optional<Address> Address::without_detail(char delimiter) const {
  const auto at = user_.find(delimiter, 1);
  if (at == user_.npos) return {};
  return Address(user_.substr(0, at), host_);
}

std::string Address::plain() const {
  std::string text;
  text.reserve(user_.size() + 1 + host_.size());
  text.append(user_);
  if (!host_.empty()) text.append("@").append(host_);
  return text;
}

std::string Address::mailbox() const {
  if (host_.empty() || is_dot_string(user_)) return plain();
  // More backslashes than there must be are qpsmtpd's form; they must not make it too long.
  std::string local_part = quote(user_, is_no_dot_string_char);
  const std::size_t path = local_part.size() + host_.size() + 3;
  if (local_part.size() > usual_local_part || path > longest_path)
    local_part = quote(user_, is_special_in_quotes);
  return local_part + '@' + host_;
}

std::string Address::text() const {
  const std::string inside = mailbox();
  std::string text;
  text.reserve(inside.size() + 2);
  return text.append("<").append(inside).append(">");
}

}  // namespace smtpd
