#include "lib/kit/lists.hpp"

namespace smtpd {

/// Says which clients may relay, and with `only` refuses all others. See doc/plugins/relay.md.
class Relay final : public Plugin {
 public:
  explicit Relay(PluginContext& ctx)
      : Plugin(ctx),
        never_(ctx, "norelayclients"),
        allowed_(ctx, "relayclients"),
        more_(ctx, "morerelayclients") {
    ctx.enforce();
    if (!ctx.args.flag("only", false)) ctx.skip(Hook::rcpt);
  }

  Result on_connect(Connection& conn) {
    const auto client = IpAddress::parse(conn.remote_ip);
    // Nobody is a relay client by being unknown.
    if (!conn.named || !client) return skipped("the client has no address");
    const auto barred = never_.find(*client);
    if (!barred) return undecided(ctx(), barred.error());
    if (*barred) {
      conn.relay_client = false;
      return skipped("listed in norelayclients");
    }
    if (ctx().services().environment.get("RELAYCLIENT")) return allowed(conn, "RELAYCLIENT is set");
    // The line may have meant this client.
    if (!never_.complete()) return skipped("norelayclients has a line that cannot be understood");
    auto listed = allowed_.find(*client);
    if (listed && !*listed) listed = more_.find_in_map(*client);
    if (!listed) return undecided(ctx(), listed.error());
    if (*listed) return allowed(conn, "listed in relayclients");
    return skipped("no relay client");
  }

  Result on_rcpt(Transaction& txn, const Address&, const Parameters&) {
    return txn.connection().relay_client ? ok() : deny();
  }

  void on_check() {
    never_.check();
    allowed_.check();
    more_.check_map();
  }

 private:
  Result skipped(std::string_view why) const {
    log(Level::info, "skip, " + std::string(why));
    return declined();
  }
  Result allowed(Connection& conn, std::string_view why) const {
    conn.relay_client = true;
    log(Level::info, "pass, " + std::string(why));
    return declined();
  }

  ClientList never_, allowed_, more_;  // qpsmtpd's morerelayclients is a map only
};

SMTPD_PLUGIN(Relay, "relay", connect, rcpt, check)

}  // namespace smtpd
