#include "lib/kit/list_rules.hpp"

#include <algorithm>
#include <utility>

#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"

namespace smtpd {
namespace {

constexpr std::string_view pattern_signs = "/^$*+!%?\\";

bool is_in_slashes(std::string_view entry) {
  return entry.size() > 2 && entry.starts_with('/') && entry.ends_with('/');
}

/// True for what a domain name or a literal in brackets is made of.
bool is_domain_octet(char c) {
  constexpr std::string_view others = "-._[]:";
  return is_alnum(c) || static_cast<unsigned char>(c) >= 0x80 || others.find(c) != others.npos;
}

/// For `user@host` and `@host`.
bool is_address_entry(std::string_view entry) {
  const auto at = entry.rfind('@');
  return at != entry.npos && at + 1 < entry.size();
}
bool fits_address(std::string_view entry, const Address& address) {
  if (entry.starts_with('@')) return equal_ignoring_case(entry.substr(1), address.host());
  return equal_ignoring_case(entry, address.plain());
}

bool fits_domain(std::string_view entry, std::string_view host) {
  if (equal_ignoring_case(entry, host)) return true;
  return entry.starts_with('.') && host.size() > entry.size() &&
         equal_ignoring_case(host.substr(host.size() - entry.size()), entry);
}

}  // namespace

ListLine split_list_line(std::string_view text) {
  const auto end = std::min(text.find_first_of(" \t"), text.size());
  return {text.substr(0, end), trim(text.substr(end))};
}

void ListProblems::add(const ConfigLine& line, std::string_view what) {
  fresh_.push_back(line.where() + ": " + std::string(what));
  any_ = true;
}

std::vector<std::string> ListProblems::take() { return std::exchange(fresh_, {}); }

AddressRules::AddressRules(std::span<const ConfigLine> lines, const ListForm& form) {
  rules_.reserve(lines.size());
  for (const ConfigLine& line : lines) add(line, form);
}

void AddressRules::add_pattern(const ConfigLine& line, std::string_view entry,
                               std::string_view pattern) {
  rules_.push_back({&line, entry, static_cast<std::uint32_t>(patterns_.size()), Kind::pattern});
  patterns_.emplace_back(std::string(pattern), Pattern::Case::ignored);
  bad_.push_back(false);
}

void AddressRules::add(const ConfigLine& line, const ListForm& form) {
  using Patterns = ListForm::Patterns;
  const std::string_view entry = split_list_line(line.text).entry;
  if (form.patterns != Patterns::none && is_in_slashes(entry))
    return add_pattern(line, entry, entry.substr(1, entry.size() - 2));
  if (form.patterns == Patterns::by_sign && entry.find_first_of(pattern_signs) != entry.npos)
    return add_pattern(line, entry, entry);
  const auto at = entry.rfind('@');
  if (form.hosts == ListForm::Hosts::with_at && equal_ignoring_case(entry, "postmaster")) {
    rules_.push_back({&line, entry, 0, Kind::address});
  } else if (at == entry.npos && form.hosts == ListForm::Hosts::with_or_without_at) {
    rules_.push_back({&line, entry, 0, Kind::host});
  } else if (at == entry.npos || at + 1 == entry.size()) {
    problems_.add(line, "that is no address, @host or pattern: " + line.text);
  } else if (at == 0) {
    rules_.push_back({&line, entry.substr(1), 0, Kind::host});
  } else {
    rules_.push_back({&line, entry, 0, Kind::address});
  }
}

std::expected<bool, Error> AddressRules::fits(const Rule& rule, const Address& address,
                                              std::string_view plain) {
  switch (rule.kind) {
    case Kind::host: return equal_ignoring_case(rule.text, address.host());
    case Kind::address: return equal_ignoring_case(rule.text, plain);
    case Kind::pattern: break;
  }
  // `anna+news@example.com` means that address, whatever else it means as a pattern.
  if (equal_ignoring_case(rule.text, plain)) return true;
  if (bad_[rule.pattern]) return false;
  auto matched = patterns_[rule.pattern].matches(plain);
  if (matched || matched.error().code != Errc::config) return matched;
  bad_[rule.pattern] = true;
  problems_.add(*rule.line, matched.error().what);
  return false;
}

std::expected<const ConfigLine*, Error> AddressRules::find(const Address& address) {
  const std::string plain = address.plain();
  for (const Rule& rule : rules_) {
    const auto matched = fits(rule, address, plain);
    if (!matched)
      return std::unexpected(
          Error{matched.error().code, rule.line->where() + ": " + matched.error().what});
    if (*matched) return rule.line;
  }
  return nullptr;
}

std::vector<std::string> AddressRules::names(const Address& address, const ListForm& form) {
  std::vector<std::string> names{lower(address.plain())};
  if (address.host().empty()) return names;
  names.push_back('@' + address.host());
  if (form.hosts == ListForm::Hosts::with_or_without_at) names.push_back(address.host());
  return names;
}

void AddressRules::compile() {
  for (const Rule& rule : rules_) {
    if (rule.kind != Kind::pattern || bad_[rule.pattern]) continue;
    const auto problem = patterns_[rule.pattern].problem();
    if (!problem) continue;
    bad_[rule.pattern] = true;
    problems_.add(*rule.line, problem->what);
  }
}

DomainRules::DomainRules(std::span<const ConfigLine> lines, const ListForm& form) {
  rules_.reserve(lines.size());
  for (const ConfigLine& line : lines) {
    const std::string_view entry = split_list_line(line.text).entry;
    if (std::ranges::all_of(entry, is_domain_octet))
      rules_.push_back({&line, entry});
    else if (form.labels == ListForm::Labels::ascii || is_ascii(entry))
      problems_.add(line, "that is no domain: " + line.text);
  }
}

std::expected<const ConfigLine*, Error> DomainRules::find(std::string_view host) const {
  const auto found =
      std::ranges::find_if(rules_, [&](const Rule& rule) { return fits_domain(rule.entry, host); });
  return found == rules_.end() ? nullptr : found->line;
}

std::vector<std::string> DomainRules::names(std::string_view host, const ListForm&) {
  const std::string whole = lower(host);
  std::vector<std::string> names{whole};
  for (auto dot = whole.find('.', 1); dot != whole.npos; dot = whole.find('.', dot + 1))
    names.push_back(whole.substr(dot));
  return names;
}

PairRules::PairRules(std::span<const ConfigLine> lines, const ListForm&) {
  for (const ConfigLine& line : lines) {
    const auto [from, behind] = split_list_line(line.text);
    const std::string_view to = split_list_line(behind).entry;
    if (is_address_entry(from) && is_address_entry(to))
      rules_.push_back({&line, from, to});
    else
      problems_.add(line, "that is no pair of addresses (or @host): " + line.text);
  }
}

std::expected<const ConfigLine*, Error> PairRules::find(const AddressPair& pair) const {
  const auto found = std::ranges::find_if(rules_, [&](const Rule& rule) {
    return fits_address(rule.from, pair.from) && fits_address(rule.to, pair.to);
  });
  return found == rules_.end() ? nullptr : found->line;
}

ClientRules::ClientRules(std::span<const ConfigLine> lines, const ListForm& form) {
  rules_.reserve(lines.size());
  for (const ConfigLine& line : lines) {
    const std::string entry(split_list_line(line.text).entry);
    auto network = Network::parse(entry);
    if (!network && form.prefixes == ListForm::Prefixes::with_or_without_dot)
      network = Network::parse(entry + '.');
    if (network)
      rules_.push_back({&line, *network});
    else
      problems_.add(line, "that is no address or network: " + line.text);
  }
}

std::expected<const ConfigLine*, Error> ClientRules::find(const IpAddress& client) const {
  const auto found =
      std::ranges::find_if(rules_, [&](const Rule& rule) { return rule.network.contains(client); });
  return found == rules_.end() ? nullptr : found->line;
}

std::vector<std::string> ClientRules::names(const IpAddress& client, const ListForm&) {
  std::vector<std::string> names = client.prefixes();
  names.insert(names.begin(), client.text());
  return names;
}

}  // namespace smtpd
