#include "lib/base/text.hpp"
#include "lib/plugin/lists.hpp"

namespace smtpd {

/// Accepts recipients in our own domains and those of relay clients; refuses all others. See
/// doc/plugins/rcpt_ok.md.
class RcptOk final : public Plugin {
 public:
  explicit RcptOk(PluginContext& ctx)
      : Plugin(ctx), rcpthosts_(ctx, "rcpthosts"), more_(ctx, "morercpthosts") {
    ctx.enforce();
  }

  Result on_rcpt(Transaction& txn, const Address& rcpt, const Parameters&) override {
    if (me_.empty()) me_ = lower(ctx().me());
    const std::string& host = rcpt.host().empty() ? me_ : rcpt.host();
    const auto ours = is_ours(host);
    if (!ours) return undecided(ctx(), ours.error());
    if (*ours) {
      if (logs(Level::info)) log(Level::info, "pass, " + host);
      return ok();
    }
    // The relay flag and nothing else: a whitelisted sender is a claim, and anybody can claim it.
    if (txn.connection().relay_client) {
      log(Level::info, "pass, relay client");
      return ok();
    }
    log(Level::info, "fail, " + host + ": relaying denied");
    return dsn::relaying_denied();
  }

  void on_check() override {
    rcpthosts_.check();
    more_.check_map();
  }

 private:
  std::expected<bool, Error> is_ours(const std::string& host) {
    if (host == me_) return true;
    auto listed = rcpthosts_.find(host);
    if (listed && !*listed) listed = more_.find_in_map(host);
    if (!listed) return std::unexpected(listed.error());
    return listed->has_value();
  }

  DomainList rcpthosts_, more_;  // qmail's morercpthosts is a map only
  std::string me_;               // lower case; asked for late, since a plugin may answer config me
};

SMTPD_PLUGIN(RcptOk, "rcpt_ok")

}  // namespace smtpd
