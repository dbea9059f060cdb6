#include "lib/services/dns.hpp"

#include <algorithm>
#include <array>

#include "lib/base/text.hpp"

namespace smtpd::dns {
namespace {

struct TypeName {
  Type type;
  std::string_view name;
};
constexpr auto type_names = std::array{TypeName{Type::a, "A"},      TypeName{Type::ns, "NS"},
                                       TypeName{Type::ptr, "PTR"},  TypeName{Type::mx, "MX"},
                                       TypeName{Type::txt, "TXT"},  TypeName{Type::aaaa, "AAAA"},
                                       TypeName{Type::tlsa, "TLSA"}};

// The backslash is an escape where names are written (RFC 1035 5.1), and no name of ours has one.
bool is_name_octet(char c) { return c > ' ' && c < '\x7f' && c != '\\'; }

}  // namespace

std::string_view to_string(Type type) {
  const auto found = std::ranges::find(type_names, type, &TypeName::type);
  return found == type_names.end() ? "?" : found->name;
}

std::string to_text(const Question& question) {
  const std::string& name = question.shown.empty() ? question.name : question.shown;
  return printable(name) + ' ' + std::string(to_string(question.type));
}

Question canonical(const Question& question) {
  Question result{lower(question.name), question.type, question.shown};
  if (result.name.ends_with('.')) result.name.pop_back();
  return result;
}

bool is_name(std::string_view name) {
  constexpr std::size_t longest_name = 253, longest_label = 63;  // RFC 1035 2.3.4, as text
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() > longest_name || !std::ranges::all_of(name, is_name_octet)) return false;
  return std::ranges::all_of(split(name, '.'), [](std::string_view label) {
    return !label.empty() && label.size() <= longest_label;
  });
}

std::string reversed(const IpAddress& address) {
  const IpAddress usual = address.unmapped();
  std::string text;
  if (!usual.v6) {
    for (std::size_t octet = 4; octet-- > 0;)
      text.append(std::to_string(usual.octets[octet])).append(octet > 0 ? "." : "");
    return text;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t octet = usual.octets.size(); octet-- > 0;) {
    const unsigned value = usual.octets[octet];
    for (const unsigned nibble : {value & 15U, value >> 4}) (text += digits[nibble]) += '.';
  }
  text.pop_back();
  return text;
}

Question names_of(const IpAddress& address) {
  const bool v6 = address.unmapped().v6;
  return {reversed(address) + (v6 ? ".ip6.arpa" : ".in-addr.arpa"), Type::ptr};
}

namespace {

void append(std::string& text, std::string_view part) {
  if (!text.empty()) text += ", ";
  append_printable(text, part);
}

std::string records_of(const Answer& answer) {
  std::string text;
  for (const IpAddress& address : answer.addresses) append(text, address.text());
  for (const std::string& name : answer.names) append(text, name);
  for (const std::string& each : answer.texts) append(text, '"' + each + '"');
  for (const Mx& mx : answer.exchangers)
    append(text, std::to_string(mx.preference) + ' ' + (mx.host.empty() ? "." : mx.host));
  if (!answer.associations.empty())
    append(text, std::to_string(answer.associations.size()) + " associations");
  return text;
}

}  // namespace

std::string to_text(const Answer& answer) {
  const std::string ttl = " (TTL " + std::to_string(answer.ttl.count()) + ')';
  switch (answer.outcome) {
    case Outcome::answer: return records_of(answer) + ttl;
    case Outcome::no_data: return "no record of that type" + ttl;
    case Outcome::no_name: return "no such name" + ttl;
    case Outcome::failed: break;
  }
  return "no answer: " + answer.why;
}

}  // namespace smtpd::dns
