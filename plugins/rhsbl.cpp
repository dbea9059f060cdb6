#include <algorithm>

#include "lib/base/text.hpp"
#include "lib/kit/local_domains.hpp"
#include "lib/plugin/checker.hpp"
#include "lib/services/resolver.hpp"
#include "plugins/zone_lookups.hpp"

namespace smtpd {

/// Looks up the domains of the sender and of the greeting in lists. See doc/plugins/rhsbl.md.
class Rhsbl final : public Checker {
 public:
  explicit Rhsbl(PluginContext& ctx) : Checker(ctx), local_(ctx), lookups_(ctx) {
    timeout_ = ctx.args.duration("timeout", seconds(5));
    if (const auto verdict = read_bare_reject_type(ctx)) set_default_verdict(*verdict);
  }

  Result on_mail(Transaction& txn, const Address& sender, const Parameters&) {
    if (immune(txn)) return declined();
    if (sender.is_null()) return skipped("null sender");
    if (!std::exchange(has_read_, true)) {
      for (const Error& error : parse()) log(Level::error, error.what);
    }
    if (zones_.empty()) return skipped("rhsbl_zones has no zone");
    const std::string helo = lower(txn.connection().hello_host);
    const auto asks_sender = is_asked(sender.host()), asks_helo = is_asked(helo);
    if (!asks_sender) return undecided(ctx(), asks_sender.error());
    if (!asks_helo) return undecided(ctx(), asks_helo.error());
    std::vector<ZoneLookup> lookups;
    if (*asks_sender) add(lookups, sender.host());
    if (*asks_helo && helo != sender.host()) add(lookups, helo);
    if (lookups.empty()) return skipped("no domain to ask about");
    return judge(lookups_.collect(std::move(lookups), timeout_), sender);
  }

  void on_check() {
    for (const Error& error : parse()) ctx().problem(error.what);
    local_.check();
  }

 private:
  /// The configuration, into zones_; what is wrong with it.
  std::vector<Error> parse() {
    auto [zones, errors] = parse_zones(ctx().config("rhsbl_zones"), ZoneForm::plain);
    for (DnsZone& zone : zones) {
      // qpsmtpd's form is `ZONE TEXT`.
      if (zone.text.empty()) zone.text = zone.rest;
      zones_.push_back(std::move(zone));
    }
    return errors;
  }

  /// False for what is no domain, and for our own.
  std::expected<bool, Error> is_asked(const std::string& name) {
    if (name.find('.') == name.npos || !dns::is_name(name) || IpAddress::parse(name)) return false;
    if (name.front() == '[') return false;
    const auto is_ours = local_.has(name);
    if (!is_ours) return std::unexpected(is_ours.error());
    return !*is_ours;
  }

  void add(std::vector<ZoneLookup>& lookups, const std::string& domain) const {
    for (const DnsZone& zone : zones_) lookups.push_back({.zone = &zone, .subject = domain});
  }

  /// The sender's domain stands in front of that of the greeting.
  Result judge(const std::vector<ZoneLookup>& found, const Address& sender) {
    std::string tolerated;
    for (const ZoneLookup& hit : found) {
      if (!hit.is_hit()) continue;
      const ZoneScore score = score_of(found, hit.subject);
      std::string detail = hit.subject + " in " + hit.zone->shown + " (" + hit.finding.code.text() +
                           "), score " + std::to_string(score.sum);
      if (score.sum < 1) {
        if (tolerated.empty()) tolerated = std::move(detail);
        continue;
      }
      if (!hit.counts()) continue;
      Result refusal = deny(text_of(hit, sender));
      return score.least < 1 ? reject_for_now(std::move(refusal), detail)
                             : reject(std::move(refusal), detail);
    }
    return passed(tolerated.empty() ? "not listed" : tolerated);
  }

  static std::string text_of(const ZoneLookup& hit, const Address& sender) {
    const DnsZone& zone = *hit.zone;
    const std::string_view who = hit.subject == sender.host() ? "Mail from " : "Mail from HELO ";
    const std::string why =
        !zone.text.empty() ? with_address(zone.text, hit.subject)
                           : "is listed in " + zone.shown + (hit.txt.empty() ? "" : ": ") + hit.txt;
    return std::string(who) + hit.subject + " rejected because it " + why;
  }

  milliseconds timeout_{};
  bool has_read_ = false;
  LocalDomains local_;
  std::vector<DnsZone> zones_;
  ZoneLookups lookups_;
};

SMTPD_PLUGIN(Rhsbl, "rhsbl", mail, check)

}  // namespace smtpd
