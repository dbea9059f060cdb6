#include "lib/kit/lists.hpp"

namespace smtpd {

/// Refuses clients by a list of their networks, before the session begins. See
/// doc/plugins/hosts_allow.md.
class HostsAllow final : public Plugin {
 public:
  explicit HostsAllow(PluginContext& ctx)
      : Plugin(ctx), list_(ctx, "hosts_allow", {.behind = ListForm::Behind::result}) {}

  Result on_pre_connection(const PreConnection& peer) {
    const auto client = IpAddress::parse(peer.remote_ip);
    if (!client) return undecided(ctx(), {Errc::syntax, "the client has no address"});
    const auto found = list_.find(*client);
    if (!found) return undecided(ctx(), found.error());
    // The line may have meant this client, as an exception from the one that fits or by itself.
    if (!list_.complete())
      return undecided(ctx(), {Errc::config, "hosts_allow has a line that cannot be understood"});
    if (!*found) return declined();
    const ListHit& hit = **found;
    const std::string verdict(to_string(hit.result.verdict));
    log(Level::info,
        (is_refusal(hit.result.verdict) ? "fail, " : "pass, ") + hit.entry + ' ' + verdict);
    return hit.result;
  }

  void on_check() { list_.check(); }

 private:
  ClientList list_;
};

SMTPD_PLUGIN(HostsAllow, "hosts_allow", pre_connection, check)

}  // namespace smtpd
