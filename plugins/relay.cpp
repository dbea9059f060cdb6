#include "lib/base/network.hpp"
#include "lib/base/text.hpp"
#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// Says which clients may relay, and with `only` refuses all others. See doc/plugins/relay.md.
class Relay final : public Plugin {
 public:
  explicit Relay(PluginContext& ctx) : Plugin(ctx) {
    ctx.enforce();
    if (!ctx.args.flag("only", false)) ctx.skip(Hook::rcpt);
  }

  Result on_connect(Connection& conn) override {
    const auto address = IpAddress::parse(conn.remote_ip);
    // Nobody is a relay client by being unknown.
    if (!conn.named || !address) return skipped("the client has no address");
    if (lists("norelayclients", *address)) {
      conn.relay_client = false;
      return skipped("listed in norelayclients");
    }
    if (ctx().environment("RELAYCLIENT")) return allowed(conn, "RELAYCLIENT is set");
    if (lists("relayclients", *address)) return allowed(conn, "listed in relayclients");
    return skipped("no relay client");
  }

  Result on_rcpt(Transaction& txn, const Address&, const Parameters&) override {
    return txn.connection().relay_client ? ok() : deny();
  }

 private:
  bool lists(std::string_view key, const IpAddress& client) {
    for (const ConfigLine& line : ctx().config(key)) {
      // qmail's and qpsmtpd's files may carry more words behind the address.
      const auto network = Network::parse(words(line.text).front());
      if (!network) {
        log(Level::error, line.where() + ": that is no address or network: " + line.text);
        continue;
      }
      if (network->contains(client)) return true;
    }
    return false;
  }
  Result skipped(std::string_view why) const {
    log(Level::info, "skip, " + std::string(why));
    return declined();
  }
  Result allowed(Connection& conn, std::string_view why) const {
    conn.relay_client = true;
    log(Level::info, "pass, " + std::string(why));
    return declined();
  }
};

SMTPD_PLUGIN(Relay, "relay")

}  // namespace smtpd
