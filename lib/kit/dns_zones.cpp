#include "lib/kit/dns_zones.hpp"

#include <algorithm>

#include "lib/base/text.hpp"

namespace smtpd {
namespace {

constexpr std::size_t longest_shown_label = 20;  // a longer one is most likely a key
// 32 nibbles with their dots, and what a name may have (RFC 1035 2.3.4).
constexpr std::size_t longest_zone = 253 - 64;
constexpr int most_weight = 100;

constexpr std::array<std::string_view, 9> zone_words{
    "codes=", "mask=", "weight=", "name=", "test=", "text=", "v4", "v6", "names"};

/// What is meant by a name that cannot be one.
constexpr std::array<std::string_view, 8> well_known_zones{
    "zen.spamhaus.org", "dbl.spamhaus.org", "bl.spamcop.net",  "b.barracudacentral.org",
    "psbl.surriel.com", "multi.surbl.org",  "multi.uribl.com", "list.dnswl.org"};

bool is_zone_name(std::string_view name) {
  const auto is_zone_char = [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; };
  return name.size() <= longest_zone && name.contains('.') && dns::is_name(name) &&
         std::ranges::all_of(name, is_zone_char);
}

std::string without_long_labels(std::string_view name) {
  std::string shown;
  for (const std::string_view label : split(name, '.')) {
    if (!shown.empty()) shown += '.';
    shown += label.size() > longest_shown_label ? "..." : label;
  }
  return shown;
}

/// `FILE:LINE: WHAT`.
Error wrong(std::string_view where, std::string_view what) {
  return {Errc::config, std::string(where) + ": " + std::string(what)};
}

std::optional<std::uint8_t> to_octet(std::string_view text) {
  const auto number = to_number(text);
  if (!number || *number > 255) return {};
  return static_cast<std::uint8_t>(*number);
}

/// `N`, `N-M` or `*`.
std::optional<ZoneCode::Range> to_range(std::string_view text) {
  if (text == "*") return ZoneCode::Range{.any = true};
  const auto dash = text.find('-');
  const auto first = to_octet(text.substr(0, dash));
  const auto last = dash == text.npos ? first : to_octet(text.substr(dash + 1));
  if (!first || !last || *first > *last) return {};
  return ZoneCode::Range{.first = *first, .last = *last};
}

std::optional<ZoneCode> to_code(std::string_view text) {
  const auto octets = split(text, '.');
  if (octets.size() != 4) return {};
  ZoneCode code;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto range = to_range(octets[i]);
    if (!range) return {};
    code.octets[i] = *range;
  }
  const ZoneCode::Range& first = code.octets[0];
  if (first.any || first.first != 127 || first.last != 127) return {};
  return code;
}

bool fits(const ZoneCode& code, const IpAddress& address) {
  for (std::size_t i = 0; i < 4; ++i) {
    if (!code.octets[i].has(address.octets[i])) return false;
  }
  return true;
}

/// A whole number with a sign in front, if need be.
std::optional<int> to_weight(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  const auto number = to_number(is_negative ? text.substr(1) : text);
  if (!number || *number > most_weight) return {};
  const int weight = static_cast<int>(*number);
  return is_negative ? -weight : weight;
}

std::expected<void, std::string> read_codes(DnsZone& zone, std::string_view value) {
  for (const std::string_view text : split(value, ',')) {
    const auto code = to_code(text);
    if (!code) {
      return std::unexpected(
          "codes= is a list such as 127.0.0.2-11,127.0.*.2 of addresses in 127.0.0.0/8, each octet "
          "N, N-M or *, not '" +
          printable(text) + '\'');
    }
    zone.codes.push_back(*code);
  }
  return {};
}

std::expected<void, std::string> read_value(DnsZone& zone, std::string_view key,
                                            std::string_view value) {
  if (key == "codes=") return read_codes(zone, value);
  const std::string not_it = ", not '" + printable(value) + '\'';
  if (key == "mask=") {
    const auto mask = to_number(value);
    if (!mask || *mask == 0 || *mask > UINT32_MAX)
      return std::unexpected("mask= is a number from 1 to 4294967295" + not_it);
    zone.mask = static_cast<std::uint32_t>(*mask);
  } else if (key == "weight=") {
    const auto weight = to_weight(value);
    if (!weight) return std::unexpected("weight= is a whole number from -100 to 100" + not_it);
    zone.weight = *weight;
  } else if (key == "name=") {
    if (value.empty() || !is_plain(value))
      return std::unexpected("name= is a word in ASCII" + not_it);
    zone.shown = value;
  } else if (key == "test=") {
    if (!dns::is_name(value)) return std::unexpected("test= is a name in the zone" + not_it);
    zone.test = lower(value);
  }
  return {};
}

/// True if the word is one of ours; then it is read.
std::expected<bool, std::string> read_word(DnsZone& zone, std::string_view word) {
  if (word == "v4" || word == "v6") {
    (word == "v4" ? zone.v6 : zone.v4) = false;
    if (!zone.v4 && !zone.v6)
      return std::unexpected("v4 and v6 exclude each other; without them both are asked about");
    return true;
  }
  if (word == "names") {
    zone.v4 = zone.v6 = false;
    return true;
  }
  const auto equals = word.find('=');
  if (equals == word.npos) return false;
  const std::string_view key = word.substr(0, equals + 1);
  if (std::ranges::find(zone_words, key) == zone_words.end()) {
    const std::string_view near = nearest(key, zone_words);
    // A text may begin with anything that has an equals sign in it.
    if (near.empty()) return false;
    return std::unexpected("there is no word '" + printable(key) + "'; did you mean '" +
                           std::string(near) + "'?");
  }
  if (auto read = read_value(zone, key, word.substr(equals + 1)); !read)
    return std::unexpected(std::move(read.error()));
  return true;
}

std::string_view next_word(std::string_view text) {
  return text.substr(0, text.find_first_of(" \t"));
}

/// Reads our words; what follows them stays in zone.rest.
std::expected<void, std::string> read_words(DnsZone& zone, std::string_view text) {
  while (!text.empty()) {
    if (text.starts_with("text=")) {
      zone.text = trim(text.substr(5));
      return {};
    }
    const std::string_view word = next_word(text);
    const auto is_ours = read_word(zone, word);
    if (!is_ours) return std::unexpected(is_ours.error());
    if (!*is_ours) break;
    text = trim(text.substr(word.size()));
  }
  zone.rest = text;
  return {};
}

bool is_ipv4_in(const IpAddress& address, std::initializer_list<int> octets) {
  if (address.v6) return false;
  return std::ranges::equal(octets, std::span(address.octets).first(octets.size()),
                            [](int expected, int octet) { return expected == octet; });
}

bool is_named(const DnsZone& zone, const IpAddress& address) {
  return std::ranges::any_of(
      zone.codes, [&](const ZoneCode& code) { return !code.octets[3].any && fits(code, address); });
}

/// Why an address is no listing and no "not listed" either; empty for others.
std::string_view why_error(const DnsZone& zone, const IpAddress& address) {
  if (!is_ipv4_in(address, {127})) return "which is outside of 127.0.0.0/8: no list answers so";
  if (is_ipv4_in(address, {127, 0, 0, 1}) || is_ipv4_in(address, {127, 0, 0, 255}))
    return "which says that it refuses this resolver";
  if (is_ipv4_in(address, {127, 0, 1, 255}) && !is_named(zone, address))
    return "which says that it is not asked about addresses";
  if (is_ipv4_in(address, {127, 255, 255, 252})) return "which says that the zone's name is wrong";
  if (is_ipv4_in(address, {127, 255, 255, 254}))
    return "which says that it refuses public resolvers; a local one is needed";
  if (is_ipv4_in(address, {127, 255, 255, 255})) return "which says that it was asked too often";
  if (is_ipv4_in(address, {127, 255, 255})) return "which says that it refuses this resolver";
  return {};
}

bool counts(const DnsZone& zone, const IpAddress& address) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | address.octets[i];
  if (zone.mask != 0 && (number & zone.mask) == 0) return false;
  return zone.codes.empty() ||
         std::ranges::any_of(zone.codes, [&](const ZoneCode& code) { return fits(code, address); });
}

/// `text` with `by` in place of each `what`, which is lower case and compared without case.
std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  const std::string small = lower(text);
  std::string result;
  std::size_t done = 0;
  for (auto at = small.find(what); at != small.npos; at = small.find(what, done)) {
    result.append(text, done, at - done).append(by);
    done = at + what.size();
  }
  return result.append(text, done);
}

}  // namespace

std::string DnsZone::hidden(std::string_view text_of_zone) const {
  std::string all = printable(text_of_zone);
  if (shown == zone) return all;
  all = replaced(all, zone, shown);
  // A zone may say the key alone.
  for (const std::string_view label : split(zone, '.')) {
    if (label.size() > longest_shown_label) all = replaced(all, label, "...");
  }
  return all;
}

std::expected<DnsZone, Error> parse_zone(const ConfigLine& line, ZoneForm form) {
  DnsZone zone{.where = line.where()};
  const std::string_view text = trim(line.text);
  std::string_view name = next_word(text);
  const auto colon = name.find(':');
  const bool has_text = form == ZoneForm::colon_text && colon != name.npos;
  if (has_text) name = name.substr(0, colon);
  const std::string_view rest = text.substr(name.size() + (has_text ? 1 : 0));
  if (name.ends_with('.')) name.remove_suffix(1);
  zone.zone = lower(name);
  if (!is_zone_name(zone.zone)) {
    const std::string_view near = nearest(zone.zone, well_known_zones);
    return std::unexpected(
        wrong(zone.where, "'" + printable(without_long_labels(name)) + "' is no zone" +
                              (near.empty() ? ", which is a name such as bl.example.org"
                                            : "; did you mean '" + std::string(near) + "'?")));
  }
  if (has_text) {
    zone.text = trim(rest);
  } else if (auto read = read_words(zone, trim(rest)); !read) {
    return std::unexpected(wrong(zone.where, read.error()));
  }
  if (zone.shown.empty()) zone.shown = without_long_labels(zone.zone);
  return zone;
}

Error unknown_zone_word(const DnsZone& zone, std::string_view word,
                        std::span<const std::string_view> more) {
  std::vector<std::string_view> known(zone_words.begin(), zone_words.end());
  known.insert(known.end(), more.begin(), more.end());
  const std::string_view near = nearest(lower(word), known);
  return wrong(zone.where, "there is no word '" + printable(word) + "' for a zone" +
                               (near.empty() ? "" : "; did you mean '" + std::string(near) + "'?"));
}

ZoneLines parse_zones(std::span<const ConfigLine> lines, ZoneForm form) {
  ZoneLines read;
  for (const ConfigLine& line : lines) {
    if (auto zone = parse_zone(line, form)) {
      read.zones.push_back(std::move(*zone));
    } else {
      read.errors.push_back(std::move(zone.error()));
    }
  }
  return read;
}

ZoneLines without_rest(ZoneLines lines) {
  std::erase_if(lines.zones, [&](const DnsZone& zone) {
    if (zone.rest.empty()) return false;
    lines.errors.push_back(unknown_zone_word(zone, next_word(zone.rest)));
    return true;
  });
  return lines;
}

dns::Question zone_question(const DnsZone& zone, const IpAddress& address, dns::Type type) {
  return zone_question(zone, dns::reversed(address), type);
}

dns::Question zone_question(const DnsZone& zone, std::string_view domain, dns::Type type) {
  const std::string in_front = std::string(domain) + '.';
  return {in_front + zone.zone, type, zone.shown == zone.zone ? "" : in_front + zone.shown};
}

dns::Question control_question(const DnsZone& zone, ZoneSubject subject) {
  return zone_question(zone, subject == ZoneSubject::domain ? "invalid" : "1.0.0.127");
}

ZoneFinding judge(const DnsZone& zone, const dns::Answer& answer) {
  using enum ZoneFinding::Kind;
  if (answer.has_failed()) return {.kind = error, .why = zone.hidden(answer.why)};
  ZoneFinding finding;
  for (const IpAddress& address : answer.addresses) {
    if (const std::string_view why = why_error(zone, address); !why.empty()) {
      return {.kind = error,
              .code = address,
              .why = "it answers " + address.text() + ", " + std::string(why)};
    }
    if (finding.kind == nothing && counts(zone, address))
      finding = {.kind = listed, .code = address};
  }
  return finding;
}

bool is_local_address(const IpAddress& address) {
  static const auto networks = [] {
    std::vector<Network> all;
    for (const std::string_view text :
         {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
          "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3", "::/128", "::1/128", "fc00::/7",
          "fe80::/10", "ff00::/8"})
      if (const auto network = Network::parse(text)) all.push_back(*network);
    return all;
  }();
  const IpAddress plain = address.unmapped();
  return std::ranges::any_of(networks, [&](const Network& each) { return each.contains(plain); });
}

std::string with_address(std::string_view text, std::string_view address) {
  constexpr std::string_view mark = "%IP%";
  std::string filled;
  for (auto at = text.find(mark); at != text.npos; at = text.find(mark)) {
    filled.append(text.substr(0, at)).append(address);
    text.remove_prefix(at + mark.size());
  }
  return filled.append(text);
}

}  // namespace smtpd
