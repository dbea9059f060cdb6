#include "lib/base/text.hpp"
#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// Accepts recipients in our own domains and those of relay clients; refuses all others. See
/// doc/plugins/rcpt_ok.md.
class RcptOk final : public Plugin {
 public:
  explicit RcptOk(PluginContext& ctx) : Plugin(ctx) { ctx.enforce(); }

  Result on_rcpt(Transaction& txn, const Address& rcpt, const Parameters&) override {
    if (me_.empty()) me_ = lower(ctx().me());
    const std::string& host = rcpt.host().empty() ? me_ : rcpt.host();
    if (is_ours(host)) {
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

 private:
  bool is_ours(const std::string& host) {
    if (host == me_) return true;
    for (const ConfigLine& line : ctx().config("rcpthosts")) {
      const std::string_view entry = line.text;
      if (equal_ignoring_case(entry, host)) return true;
      if (entry.starts_with('.') && host.size() > entry.size() &&
          equal_ignoring_case(std::string_view(host).substr(host.size() - entry.size()), entry)) {
        return true;
      }
    }
    return false;
  }

  std::string me_;  // lower case; asked for late, since a plugin may answer config me
};

SMTPD_PLUGIN(RcptOk, "rcpt_ok")

}  // namespace smtpd
