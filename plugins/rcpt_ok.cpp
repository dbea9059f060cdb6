#include "lib/base/text.hpp"
#include "lib/kit/local_domains.hpp"

namespace smtpd {

/// Accepts recipients in our own domains and those of relay clients; refuses all others. See
/// doc/plugins/rcpt_ok.md.
class RcptOk final : public Plugin {
 public:
  explicit RcptOk(PluginContext& ctx)
      : Plugin(ctx), domains_(ctx), accepts_me_(ctx.args.flag("me", true)) {
    ctx.enforce();
  }

  Result on_rcpt(Transaction& txn, const Address& rcpt, const Parameters&) {
    const std::string& host = domains_.host_of(rcpt);
    const auto ours = is_ours(rcpt, host);
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

  void on_check() { domains_.check(); }

 private:
  /// With `me no` our own name has nobody but the postmaster, unless a list has it.
  std::expected<bool, Error> is_ours(const Address& rcpt, const std::string& host) {
    if (accepts_me_ || equal_ignoring_case(rcpt.user(), "postmaster")) return domains_.has(host);
    return domains_.is_listed(host);
  }

  LocalDomains domains_;
  bool accepts_me_;  // any local part at the name of this server
};

SMTPD_PLUGIN(RcptOk, "rcpt_ok", rcpt, check)

}  // namespace smtpd
