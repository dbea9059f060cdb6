#include "tests/support/dns_script.hpp"

#include <algorithm>
#include <array>

#include "lib/base/network.hpp"
#include "lib/base/text.hpp"

namespace smtpd::transcript {
namespace {

using namespace std::chrono_literals;
using Octets = std::expected<std::string, std::string>;

struct TypeName {
  std::string_view name;
  std::uint16_t type;
};
constexpr std::array type_names{TypeName{"A", 1},     TypeName{"NS", 2},   TypeName{"CNAME", 5},
                                TypeName{"PTR", 12},  TypeName{"MX", 15},  TypeName{"TXT", 16},
                                TypeName{"AAAA", 28}, TypeName{"TLSA", 52}};

struct Mark {
  std::string_view word;
  DnsRecord::Kind kind;
};
constexpr std::array marks{Mark{"!timeout", DnsRecord::Kind::timeout},
                           Mark{"!servfail", DnsRecord::Kind::servfail},
                           Mark{"!refused", DnsRecord::Kind::refused},
                           Mark{"!truncated", DnsRecord::Kind::truncated},
                           Mark{"!garbage", DnsRecord::Kind::garbage},
                           Mark{"!formerr-edns", DnsRecord::Kind::formerr_edns}};

std::unexpected<std::string> wrong(std::string what) { return std::unexpected(std::move(what)); }

std::string number_of_16_bits(std::uint64_t number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number & 0xff)};
}

Octets address_data(std::string_view text, bool v6) {
  const auto address = IpAddress::parse(text);
  if (!address || address->v6 != v6) return wrong("'" + std::string(text) + "' is no such address");
  return std::string(address->octets.begin(), address->octets.begin() + (v6 ? 16 : 4));
}

Octets exchanger_data(const std::vector<std::string_view>& parts) {
  const auto preference = parts.size() == 2 ? to_number(parts[0]) : std::nullopt;
  const auto host = preference ? dns_wire_name(parts[1]) : wrong("");
  if (!host || *preference > UINT16_MAX) return wrong("an MX is PREFERENCE HOST");
  return number_of_16_bits(*preference) + *host;
}

/// One character-string after the other (RFC 1035 3.3).
std::string text_data(std::string_view text) {
  constexpr std::size_t longest = 255;
  std::string data;
  do {
    const auto piece = text.substr(0, longest);
    (data += static_cast<char>(piece.size())) += piece;
    text.remove_prefix(piece.size());
  } while (!text.empty());
  return data;
}

Octets association_data(const std::vector<std::string_view>& parts) {
  constexpr std::string_view digits = "0123456789abcdef";
  if (parts.size() != 4 || parts[3].size() % 2 != 0) return wrong("a TLSA is N N N HEX");
  std::string data;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto number = to_number(parts[i]);
    if (!number || *number > UINT8_MAX) return wrong("a TLSA is N N N HEX");
    data += static_cast<char>(*number);
  }
  const std::string hex = lower(parts[3]);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const auto high = digits.find(hex[i]), low = digits.find(hex[i + 1]);
    if (high == digits.npos || low == digits.npos) return wrong("a TLSA is N N N HEX");
    data += static_cast<char>(high * 16 + low);
  }
  return data;
}

Octets data_of(std::string_view type, std::string_view text,
               const std::vector<std::string_view>& parts) {
  if (type == "MX") return exchanger_data(parts);
  if (type == "TLSA") return association_data(parts);
  if (type == "TXT") return text_data(text);
  if (parts.size() != 1) return wrong("the line is NAME TYPE DATA [after 50ms] [ad]");
  if (type == "A" || type == "AAAA") return address_data(text, type == "AAAA");
  return dns_wire_name(text);
}

/// Takes `after 50ms` and `ad` from the end.
std::optional<std::string> take_options(std::string_view& text, DnsRecord& record) {
  while (true) {
    const auto parts = words(text);
    if (parts.size() > 1 && parts.back() == "ad") {
      record.is_authentic = true;
      text = trim(text.substr(0, text.size() - 2));
    } else if (parts.size() > 2 && parts[parts.size() - 2] == "after") {
      const auto digits = parts.back().substr(0, parts.back().find_first_not_of("0123456789"));
      const auto unit = parts.back().substr(digits.size());
      const auto count = to_number(digits);
      if (!count || (unit != "ms" && unit != "s")) return "after has a time such as 50ms or 2s";
      record.after = (unit == "s" ? 1000ms : 1ms) * static_cast<long>(*count);
      text = text.substr(0, text.rfind("after"));
      text = trim(text);
    } else {
      return {};
    }
  }
}

/// `text` is what stands behind NAME and TYPE.
std::optional<std::string> read_data(std::string_view type, std::string_view text,
                                     const Variables& variables, DnsRecord& record) {
  text = trim(text);
  std::string octets;
  if (type == "TXT" && text.starts_with('"')) {
    const auto end = text.rfind('"');
    auto rest = std::string_view(text).substr(end + 1);
    const std::string options = "x " + std::string(rest);
    std::string_view view = trim(options);
    if (auto problem = take_options(view, record)) return problem;
    if (view != "x") return "behind the octets stands only [after 50ms] [ad]";
    const auto pattern = Pattern::quoted(text.substr(0, end + 1));
    const auto expanded = pattern ? pattern->expand(variables) : wrong(pattern.error());
    if (!expanded) return expanded.error();
    octets = *expanded;
    record.data = text_data(octets);
    return {};
  }
  if (auto problem = take_options(text, record)) return problem;
  if (text.starts_with('!')) {
    const auto mark = std::ranges::find(marks, text, &Mark::word);
    if (mark == marks.end())
      return "the marks are !timeout, !servfail, !refused, !truncated, !garbage, !formerr-edns";
    record.kind = mark->kind;
    return {};
  }
  auto data = data_of(type, text, words(text));
  if (!data) return data.error();
  record.data = *std::move(data);
  if (type == "CNAME") {
    record.target = lower(text);
    if (record.target.ends_with('.')) record.target.pop_back();
  }
  return {};
}

std::expected<DnsRecord, std::string> read_record(std::string_view line,
                                                  const Variables& variables) {
  const auto parts = words(line);
  if (parts.size() < 3) return wrong("the line is NAME TYPE DATA [after 50ms] [ad]");
  const auto type = dns_type(parts[1]);
  if (!type) return wrong("no such type: " + std::string(parts[1]));
  DnsRecord record{.owner = lower(parts[0]), .type = *type};
  if (record.owner.ends_with('.')) record.owner.pop_back();
  if (const auto name = dns_wire_name(record.owner); !name) return wrong(name.error());
  const auto rest =
      line.substr(static_cast<std::size_t>(parts[1].data() + parts[1].size() - line.data()));
  if (const auto problem = read_data(parts[1], rest, variables, record)) return wrong(*problem);
  return record;
}

}  // namespace

std::optional<std::uint16_t> dns_type(std::string_view name) {
  const auto found = std::ranges::find(type_names, name, &TypeName::name);
  return found == type_names.end() ? std::nullopt : std::optional(found->type);
}

std::string dns_type_name(std::uint16_t type) {
  const auto found = std::ranges::find(type_names, type, &TypeName::type);
  return found == type_names.end() ? "TYPE" + std::to_string(type) : std::string(found->name);
}

std::expected<std::string, std::string> dns_wire_name(std::string_view name) {
  constexpr std::size_t longest_label = 63, longest = 255;
  std::string wire;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (!name.empty()) {
    for (const std::string_view label : split(name, '.')) {
      if (label.empty() || label.size() > longest_label)
        return wrong("no name: " + std::string(name));
      (wire += static_cast<char>(label.size())) += label;
    }
  }
  wire += '\0';
  if (wire.size() > longest) return wrong("no name: " + std::string(name));
  return wire;
}

std::expected<DnsScript, Problem> parse_dns(const Section& section, const Variables& variables) {
  DnsScript script;
  for (const Line& line : section.lines) {
    const auto expanded = line.text.find('"') == line.text.npos
                              ? Pattern::plain(line.text).expand(variables)
                              : std::expected<std::string, std::string>(line.text);
    auto record = expanded ? read_record(*expanded, variables) : wrong(expanded.error());
    if (!record) return std::unexpected(Problem{line.number, record.error()});
    script.records.push_back(*std::move(record));
  }
  return script;
}

Checked check_asked(const Section& section, std::vector<std::string> asked,
                    const Variables& variables) {
  for (const Line& line : section.lines) {
    const auto expanded = Pattern::plain(line.text).expand(variables);
    if (!expanded) return std::unexpected(Problem{line.number, expanded.error()});
    const auto parts = words(*expanded);
    if (parts.size() != 2 || !dns_type(parts[1]))
      return std::unexpected(Problem{line.number, "[dns asked] has lines NAME TYPE"});
    const std::string question = lower(parts[0]) + ' ' + std::string(parts[1]);
    const auto found = std::ranges::find(asked, question);
    if (found == asked.end())
      return std::unexpected(Problem{line.number, "nobody has asked for " + question});
    asked.erase(found);
  }
  if (asked.empty()) return {};
  std::ranges::sort(asked);
  std::string rest;
  for (const std::string& question : asked) rest += (rest.empty() ? "" : ", ") + question;
  return std::unexpected(
      Problem{section.line, "this was asked as well, or more than once: " + rest});
}

}  // namespace smtpd::transcript
