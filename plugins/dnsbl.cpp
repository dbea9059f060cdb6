#include <algorithm>
#include <array>

#include "lib/base/text.hpp"
#include "lib/kit/client_name.hpp"
#include "lib/kit/lists.hpp"
#include "lib/plugin/checker.hpp"
#include "plugins/zone_lookups.hpp"

namespace smtpd {
namespace note {
inline constexpr NoteKey<std::string> dnsbl{"dnsbl"};  // `SCORE NAME NAME` -> anyone
}  // namespace note

namespace {

constexpr std::string_view zones_key = "dnsbl_zones";

/// Who has to be reachable for those who are listed, to ask why.
bool hears_everybody(std::string_view user) {
  constexpr std::array<std::string_view, 4> names{"postmaster", "abuse", "mailer-daemon", "root"};
  return std::ranges::any_of(
      names, [&](std::string_view name) { return equal_ignoring_case(name, user); });
}

}  // namespace

/// Looks up the client's address in block lists. See doc/plugins/dnsbl.md.
class Dnsbl final : public Checker {
 public:
  explicit Dnsbl(PluginContext& ctx)
      : Checker(ctx, "connect"),
        allowed_(ctx, "dnsbl_allow", {.prefixes = ListForm::Prefixes::with_or_without_dot}),
        lookups_(ctx) {
    const std::string_view stage = ctx.args.choice("at", {"connect", "mail", "rcpt"}, "connect");
    stage_ = stage == "mail" ? Hook::mail : stage == "rcpt" ? Hook::rcpt : Hook::connect;
    if (stage_ != Hook::mail) ctx.skip(Hook::mail);
    threshold_ = static_cast<int>(ctx.args.number("threshold", 1, 1, 10'000));
    timeout_ = ctx.args.duration("timeout", seconds(30));
    if (const auto verdict = read_bare_reject_type(ctx)) set_default_verdict(*verdict);
  }

  Result on_connect(Connection& conn) {
    // It may be another client than before (XCLIENT).
    pending_.clear();
    found_.reset();
    if (immune(conn)) return declined();
    if (const auto text = ctx().services().environment.get("RBLSMTPD")) return obey(*text);
    const auto address = client_address(conn);
    if (!address) return skipped("the client has no address");
    if (is_local_address(*address)) return skipped("no list knows private addresses");
    const auto allowed = allowed_.find(*address);
    if (!allowed) return undecided(ctx(), allowed.error());
    if (*allowed) return skipped("listed in dnsbl_allow");
    read_zones();
    if (zones_.empty()) return skipped("dnsbl_zones has no zone");
    for (const DnsZone& zone : zones_) {
      if (zone.asks(*address))
        pending_.push_back({.zone = &zone, .subject = address->text(), .address = address});
    }
    if (stage_ == Hook::connect) return judge();
    lookups_.start(pending_);
    return declined();
  }

  Result on_mail(Transaction& txn, const Address&, const Parameters&) {
    return is_exempt(txn) ? declined() : judge();
  }

  Result on_rcpt(Transaction& txn, const Address& rcpt, const Parameters&) {
    if (hears_everybody(rcpt.user())) {
      Notes& notes = txn.connection().notes;
      if (notes.has(note::naughty)) log(Level::info, "pass, mail to " + rcpt.user());
      notes.erase(note::naughty.name);
      notes.erase(note::naughty_reject_type.name);
      return declined();
    }
    return stage_ != Hook::rcpt || is_exempt(txn) ? declined() : judge();
  }

  void on_check() {
    for (const Error& error : parse()) ctx().problem(error.what);
    allowed_.check();
  }

 private:
  std::vector<Error> parse() {
    auto [zones, errors] = without_rest(parse_zones(ctx().config(zones_key), ZoneForm::colon_text));
    zones_ = std::move(zones);
    return errors;
  }

  void read_zones() {
    if (std::exchange(has_read_, true)) return;
    for (const Error& error : parse()) log(Level::error, error.what);
  }

  /// What tcpserver's rules say of the client stands above the lists (rblsmtpd).
  Result obey(std::string_view text) {
    if (text.empty()) return skipped("RBLSMTPD is empty");
    if (!has_further_word())
      return skipped("RBLSMTPD is set, and refuses only with 'reject connect'");
    const auto before = ctx().config_value("dnsbl_rejectmsg");
    return reject(deny((before ? *before + ' ' : "") + std::string(text)),
                  "RBLSMTPD: " + std::string(text));
  }

  bool is_exempt(const Transaction& txn) const {
    if (immune(txn)) return true;
    if (txn.connection().authentication.state != Authentication::State::passed) return false;
    log(Level::info, "skip, authenticated");
    return true;
  }

  /// Collects the answers, once for each client.
  Result judge() {
    if (pending_.empty()) return declined();
    const bool is_first = !found_;
    if (is_first) found_ = lookups_.collect(pending_, timeout_);
    const std::string& client = pending_.front().subject;
    const ZoneScore score = score_of(*found_, client);
    const std::string names = names_of(*found_);
    if (is_first && !names.empty())
      ctx().connection().notes.set(note::dnsbl, std::to_string(score.sum) + names);
    if (std::ranges::none_of(*found_, &ZoneLookup::is_hit)) return passed("not listed");
    const std::string detail = details_of(*found_, score);
    if (score.sum < threshold_) return passed(detail);
    // A threshold of 1 and more is reached by a zone that counts.
    const auto hit = std::ranges::find_if(*found_, &ZoneLookup::counts);
    if (is_first) adjust_karma(-1);
    const bool may_be_exempt = score.least < threshold_ || !allowed_.complete();
    Result refusal = deny(text_of(*hit));
    return may_be_exempt ? reject_for_now(std::move(refusal), detail)
                         : reject(std::move(refusal), detail);
  }

  static std::string text_of(const ZoneLookup& hit) {
    const DnsZone& zone = *hit.zone;
    if (!zone.text.empty()) return with_address(zone.text, hit.subject);
    return hit.subject + " is listed in " + zone.shown + (hit.txt.empty() ? "" : ": ") + hit.txt;
  }

  /// With a blank before each.
  static std::string names_of(const std::vector<ZoneLookup>& found) {
    std::string names;
    for (const ZoneLookup& each : found) {
      if (each.finding.is_listed()) names += ' ' + each.zone->shown;
    }
    return names;
  }

  static std::string details_of(const std::vector<ZoneLookup>& found, const ZoneScore& score) {
    std::string text = found.front().subject + " in";
    for (const ZoneLookup& each : found) {
      if (each.finding.is_listed())
        text += ' ' + each.zone->shown + " (" + each.finding.code.text() + "),";
    }
    return text + " score " + std::to_string(score.sum);
  }

  Hook stage_ = Hook::connect;  // where the answers are collected
  int threshold_ = 1;
  milliseconds timeout_{};
  bool has_read_ = false;
  ClientList allowed_;
  std::vector<DnsZone> zones_;
  ZoneLookups lookups_;
  std::vector<ZoneLookup> pending_;               // what this client is asked about
  std::optional<std::vector<ZoneLookup>> found_;  // none before the answers were collected
};

SMTPD_PLUGIN(Dnsbl, "dnsbl", connect, mail, rcpt, check)

}  // namespace smtpd
