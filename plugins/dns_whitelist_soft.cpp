#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "lib/kit/client_name.hpp"
#include "lib/kit/dns_zones.hpp"
#include "lib/plugin/checker.hpp"
#include "lib/services/resolver.hpp"
#include "plugins/zone_lookups.hpp"

namespace smtpd {
namespace {

/// What the list says of the client.
constexpr NoteKey<std::string> dns_whitelist{"dns_whitelist"};

}  // namespace

/// Exempts clients that white lists of the DNS have. See doc/plugins/dns_whitelist_soft.md.
class DnsWhitelistSoft final : public Plugin {
 public:
  explicit DnsWhitelistSoft(PluginContext& ctx)
      : Plugin(ctx), timeout_(ctx.args.duration("timeout", seconds(4))) {}

  Result on_connect(Connection& conn) {
    client_.reset();
    const auto client = client_address(conn);
    if (!client || is_local_address(*client)) return declined();
    if (is_exempt(conn)) return declined();
    read_zones();
    if (std::ranges::none_of(zones_, [&](const DnsZone& zone) { return zone.asks(*client); }))
      return declined();
    client_ = client;
    for (const DnsZone& zone : zones_) {
      if (zone.asks(*client)) start(zone, *client);
    }
    return declined();
  }

  /// The answers count from the first recipient on, and are waited for once.
  Result on_rcpt(Transaction& txn, const Address&, const Parameters&) {
    Connection& conn = txn.connection();
    const auto client = std::exchange(client_, std::nullopt);
    if (!client || is_exempt(conn)) return declined();
    const Deadline deadline = ctx().clock().after(timeout_);
    std::string text;
    if (score_of(*client, deadline, text) < 1) {
      log(Level::info, "info, no white list has " + conn.remote_ip);
      return declined();
    }
    log(Level::notice, "pass, " + text);
    conn.notes.set(note::whitelisthost, true);
    conn.notes.set(dns_whitelist, text);
    return declined();
  }

  void on_check() {
    for (const Error& error : parse()) ctx().problem(error.what);
  }

 private:
  bool is_exempt(const Connection& conn) const {
    const bool is_listed = conn.notes.has(note::whitelisthost);
    if (conn.relay_client || is_listed)
      log(Level::info, is_listed ? "skip, whitelisted host" : "skip, relay client");
    return conn.relay_client || is_listed;
  }

  /// The lines of whitelist_zones, into zones_; what is wrong with them.
  std::vector<Error> parse() {
    auto [zones, errors] =
        without_rest(parse_zones(ctx().config("whitelist_zones"), ZoneForm::plain));
    zones_ = std::move(zones);
    return errors;
  }

  void read_zones() {
    if (std::exchange(has_read_, true)) return;
    for (const Error& error : parse()) log(Level::error, error.what);
  }

  /// Asks what a hit needs as soon as it is known, while the client is waited for.
  void start(const DnsZone& zone, const IpAddress& client) {
    dns::Resolver& resolver = ctx().resolver();
    resolver.start(zone_question(zone, client), [&zone, &resolver, client](const dns::Answer& a) {
      if (!judge(zone, a).is_listed()) return;
      resolver.start(control_question(zone, ZoneSubject::address));
      if (zone.text.empty()) resolver.start(zone_question(zone, client, dns::Type::txt));
    });
  }

  /// The sum of the weights of the zones that have the client. `text`: what the first of them says.
  /// A zone that takes away and has failed might have done so.
  int score_of(const IpAddress& client, Deadline deadline, std::string& text) {
    std::vector<dns::Question> questions;
    std::vector<const DnsZone*> zones;
    for (const DnsZone& zone : zones_) {
      if (!zone.asks(client)) continue;
      zones.push_back(&zone);
      questions.push_back(zone_question(zone, client));
    }
    const auto answers = ctx().resolver().ask_all(questions, deadline);
    int score = 0;
    for (std::size_t i = 0; i < zones.size(); ++i) {
      const DnsZone& zone = *zones[i];
      const ZoneFinding finding = confirmed(zone, judge(zone, answers[i]), deadline);
      if (finding.is_error()) log(Level::warn, "error, " + zone.shown + ": " + finding.why);
      if (finding.is_listed() && zone.weight > 0 && text.empty())
        text = zone.shown + ": " + text_of(zone, client, deadline);
      if (finding.is_listed() || (finding.is_error() && zone.weight < 0)) score += zone.weight;
    }
    return score;
  }

  /// A hit counts if its zone does not list everything.
  ZoneFinding confirmed(const DnsZone& zone, ZoneFinding finding, Deadline deadline) {
    if (!finding.is_listed()) return finding;
    ZoneFinding control =
        judge(zone, ctx().resolver().ask(control_question(zone, ZoneSubject::address), deadline));
    if (control.is_error()) return control;
    if (!control.is_listed()) return finding;
    return {.kind = ZoneFinding::Kind::error, .why = std::string(lists_everything)};
  }

  std::string text_of(const DnsZone& zone, const IpAddress& client, Deadline deadline) {
    std::string text = with_address(zone.text, client.text());
    if (text.empty()) {
      const dns::Answer answer =
          ctx().resolver().ask(zone_question(zone, client, dns::Type::txt), deadline);
      text = answer.texts.empty() ? client.text() + " is listed" : answer.texts.front();
    }
    return shown_text(zone, text);
  }

  milliseconds timeout_;
  bool has_read_ = false;
  std::vector<DnsZone> zones_;
  std::optional<IpAddress> client_;  // none: nothing was asked, or the answers have been used
};

SMTPD_PLUGIN(DnsWhitelistSoft, "dns_whitelist_soft", connect, rcpt, check)

}  // namespace smtpd
