#include <algorithm>
#include <array>
#include <optional>

#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"
#include "lib/kit/message_links.hpp"
#include "lib/mail/idn.hpp"
#include "lib/mail/registered_domain.hpp"
#include "lib/plugin/checker.hpp"
#include "plugins/zone_lookups.hpp"

namespace smtpd {
namespace {

constexpr std::string_view match_field = "X-URIBL-Match";
constexpr std::string_view zones_key = "uribl_zones", exempt_key = "uribl_whitelist_domains";
// Of one message: fields and log lines.
constexpr std::size_t most_matches = 20;

enum class Action : std::uint8_t { add_header, deny, denysoft, log };
constexpr std::array<std::string_view, 4> action_words{"add-header", "deny", "denysoft", "log"};

std::optional<Action> to_action(std::string_view word) {
  const auto found = std::ranges::find_if(
      action_words, [&](std::string_view each) { return equal_ignoring_case(each, word); });
  if (found == action_words.end()) return {};
  return static_cast<Action>(found - action_words.begin());
}

/// Comma list of numbers, together; a negative one stands for all bits but the first octet's. None
/// for another text.
std::optional<std::uint32_t> to_masks(std::string_view text) {
  constexpr std::uint32_t all = 0x00ffffff;
  std::uint32_t mask = 0;
  for (const std::string_view each : split(text, ',')) {
    const bool is_negative = each.starts_with('-');
    const auto number = to_number(is_negative ? each.substr(1) : each);
    if (!number || *number > UINT32_MAX) return {};
    mask |= is_negative ? all : static_cast<std::uint32_t>(*number);
  }
  return mask == 0 ? std::nullopt : std::optional(mask);
}

Error wrong(const DnsZone& zone, std::string_view what) {
  return {Errc::config, zone.where + ": " + std::string(what)};
}

/// Reads `[MASKS] [ACTION] [text=TEXT]`, which follow our words. The action; none: the plugin's.
std::expected<std::optional<Action>, Error> read_rest(DnsZone& zone) {
  std::optional<Action> chosen;
  std::string_view rest = zone.rest;
  for (bool may_be_masks = true; !rest.empty(); may_be_masks = false) {
    if (rest.starts_with("text=")) {
      zone.text = trim(rest.substr(5));
      return chosen;
    }
    const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
    rest = trim(rest.substr(word.size()));
    if (may_be_masks && is_digit(word.back())) {
      const auto mask = to_masks(word);
      if (!mask) return std::unexpected(wrong(zone, "masks are numbers from 1 to 4294967295"));
      zone.mask |= *mask;
    } else if (const auto action = to_action(word)) {
      if (chosen) return std::unexpected(wrong(zone, "a zone has one action"));
      chosen = action;
    } else {
      return std::unexpected(unknown_zone_word(zone, word, action_words));
    }
  }
  return chosen;
}

/// A host of the message: a registered domain or an address.
struct LinkedHost {
  std::string text = {};
  std::optional<IpAddress> address = {};
};

/// What the zone says of the host, and where it says so.
std::string match_of(const ZoneLookup& hit) {
  const DnsZone& zone = *hit.zone;
  const std::string said = hit.txt.empty() ? hit.finding.code.text() : hit.txt;
  return hit.subject + " in " + zone.shown + ": " +
         (zone.text.empty() ? said : shown_text(zone, with_address(zone.text, hit.subject)));
}

}  // namespace

/// Looks up what the links of a message lead to. See doc/plugins/uribl.md.
class Uribl final : public Checker {
 public:
  explicit Uribl(PluginContext& ctx) : Checker(ctx), lookups_(ctx, ZoneLookups::Txt::after_hit) {
    ctx.args.alias("check-headers", "scan-headers");
    action_ = *to_action(
        ctx.args.choice("action", {"add-header", "deny", "denysoft", "log"}, "add-header"));
    timeout_ = ctx.args.duration("timeout", seconds(30));
    asks_addresses_ = ctx.args.flag("checkip", true);
    fields_ =
        ctx.args.flag("scan-headers", false) ? LinkSearch::Fields::yes : LinkSearch::Fields::no;
  }

  Result on_data_post(Transaction& txn) {
    remove_incoming(txn.header);
    if (immune(txn)) return declined();
    read_zones();
    if (zones_.empty()) return skipped("uribl_zones has no zone");
    const auto links = find_message_links(
        txn.header, txn.body(), {.fields = fields_, .is_exempt = [this](std::string_view name) {
                                   return is_exempt(name);
                                 }});
    if (!links) {
      log(Level::error, "error, the message cannot be read: " + links.error().what);
      return dsn::trouble("Internal error, try again later", links.error());
    }
    log_bounds(*links);
    const std::vector<LinkedHost> hosts = hosts_of(*links);
    if (hosts.empty()) return passed("no links to ask about");
    const auto hits = lookups_.collect(lookups_about(hosts), timeout_);
    if (hits.empty()) return passed("hosts in links: " + std::to_string(hosts.size()));
    return judge_hits(txn, hits);
  }

  void on_check() {
    for (const Error& error : parse()) ctx().problem(error.what);
    if (zones_.empty()) return;
    if (const auto known = registered_domain("www.example.com", Suffixes::any); !known)
      ctx().problem("names in links cannot be checked: " + known.error().what);
  }

 private:
  /// The configuration, into zones_ and exempt_; what is wrong with it.
  std::vector<Error> parse() {
    const auto& exempt = ctx().config(exempt_key);
    auto [zones, errors] = parse_zones(ctx().config(zones_key), ZoneForm::plain);
    for (DnsZone& each : zones) {
      if (auto action = read_rest(each)) {
        zones_.push_back(std::move(each));
        actions_.push_back(*action);
      } else {
        errors.push_back(std::move(action.error()));
      }
    }
    for (const ConfigLine& line : exempt) {
      std::string_view name = words(line.text).front();
      if (name.starts_with('.')) name.remove_prefix(1);
      if (name.ends_with('.')) name.remove_suffix(1);
      auto domain = to_a_labels_if_needed(name);
      if (domain && dns::is_name(*domain)) {
        exempt_.push_back(lower(*domain));
      } else {
        errors.push_back(bad_value(line, exempt_key, "a list of domains such as example.com"));
      }
    }
    return errors;
  }

  static std::expected<std::string, Error> to_a_labels_if_needed(std::string_view name) {
    if (is_ascii(name)) return std::string(name);
    return to_a_labels(name);
  }

  void read_zones() {
    if (has_read_) return;
    for (const Error& error : parse()) log(Level::error, error.what);
    has_read_ = true;
  }

  bool is_exempt(std::string_view name) const {
    return std::ranges::any_of(exempt_, [&](const std::string& domain) {
      if (!name.ends_with(domain)) return false;
      return name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.';
    });
  }

  /// Nobody but this server says so.
  static void remove_incoming(HeaderList& header) {
    if (!header.get(match_field)) return;
    std::vector<bool> ours(header.size());
    for (std::size_t i = 0; i < ours.size(); ++i) ours[i] = header.is_added(i);
    std::size_t at = 0;
    header.remove_if([&](std::string_view name, std::string_view) {
      return !ours[at++] && equal_ignoring_case(name, match_field);
    });
  }

  void log_bounds(const MessageLinks& links) {
    if (links.trouble && !std::exchange(has_told_trouble_, true))
      log(Level::error, "error, names in links cannot be checked: " + links.trouble->what);
    if (links.more_text) log(Level::notice, "info, text beyond 262144 octets is not looked at");
    if (links.more_hosts) log(Level::notice, "info, hosts in links beyond 50 are not asked about");
    if (links.more_parts) log(Level::notice, "info, parts deeper than 10 are not looked at");
  }

  std::vector<LinkedHost> hosts_of(const MessageLinks& links) const {
    std::vector<LinkedHost> hosts;
    hosts.reserve(links.domains.size() + links.addresses.size());
    for (const std::string& domain : links.domains) hosts.push_back({.text = domain});
    for (const IpAddress& address : links.addresses) {
      std::string text = address.text();
      if (asks_addresses_ && !is_local_address(address) && !is_exempt(text))
        hosts.push_back({.text = std::move(text), .address = address});
    }
    return hosts;
  }

  std::vector<ZoneLookup> lookups_about(const std::vector<LinkedHost>& hosts) const {
    std::vector<ZoneLookup> lookups;
    for (const LinkedHost& host : hosts) {
      for (const DnsZone& zone : zones_) {
        if (!host.address || zone.asks(*host.address))
          lookups.push_back({.zone = &zone, .subject = host.text, .address = host.address});
      }
    }
    return lookups;
  }

  Action action_of(const DnsZone& zone) const {
    return actions_[static_cast<std::size_t>(&zone - zones_.data())].value_or(action_);
  }

  /// The outcome of one message. A host counts if the weights of the zones that list it come to 1.
  Result judge_hits(Transaction& txn, const std::vector<ZoneLookup>& hits) {
    std::optional<Result> refusal;
    std::string tolerated;
    std::size_t matches = 0;
    for (const ZoneLookup& hit : hits) {
      if (!hit.is_hit()) continue;
      const ZoneScore score = score_of(hits, hit.subject);
      if (++matches > most_matches) break;
      const std::string match = match_of(hit);
      log(Level::warn, "match, " + match + ", score " + std::to_string(score.sum));
      if (score.sum < 1) continue;
      if (tolerated.empty()) tolerated = match;
      const Action action = action_of(*hit.zone);
      if (action == Action::add_header) txn.header.add_back(match_field, match);
      const auto verdict = verdict_of(action, score);
      // What refuses for good counts for more than what does for now.
      if (verdict && (!refusal || (refusal->verdict != *verdict && *verdict == Verdict::deny)))
        refusal = Result{*verdict, match, {}};
    }
    if (refusal) return reject(*refusal);
    if (tolerated.empty()) return passed("links that white lists have");
    log(Level::info, "fail, tolerated, " + tolerated);
    return declined();
  }

  /// None for an action that refuses nothing. A white list that has failed might have saved it.
  static std::optional<Verdict> verdict_of(Action action, const ZoneScore& score) {
    if (action == Action::denysoft) return Verdict::denysoft;
    if (action != Action::deny) return {};
    return score.least < 1 ? Verdict::denysoft : Verdict::deny;
  }

  Action action_ = Action::add_header;
  milliseconds timeout_{};
  bool asks_addresses_ = true;
  LinkSearch::Fields fields_ = LinkSearch::Fields::no;
  bool has_read_ = false, has_told_trouble_ = false;
  std::vector<DnsZone> zones_;
  std::vector<std::optional<Action>> actions_;  // of the zones, in their order; none: action_
  std::vector<std::string> exempt_;
  ZoneLookups lookups_;
};

SMTPD_PLUGIN(Uribl, "uribl", data_post, check)

}  // namespace smtpd
