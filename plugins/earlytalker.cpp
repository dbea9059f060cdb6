#include <algorithm>

#include "lib/base/text.hpp"
#include "lib/plugin/checker.hpp"
#include "plugins/early_talk.hpp"

namespace smtpd {

/// Catches clients that send before the greeting, or before the 354. See
/// doc/plugins/earlytalker.md.
class EarlyTalker final : public Checker {
 public:
  explicit EarlyTalker(PluginContext& ctx) : Checker(ctx) {
    wait_ = ctx.args.duration("wait", seconds(1));
    defers_ = ctx.args.flag("defer-reject", false);
    read_stages(ctx);
    // The argument of old: a name that begins with deny refuses, anything else (log) only writes it
    // down.
    if (const auto action = ctx.args.value("action")) {
      set_reject_policy(starts_with_ignoring_case(*action, "deny") ? Reject::yes : Reject::no);
    }
    set_default_verdict(defers_ ? Verdict::denysoft : Verdict::deny);
    if (!defers_) ctx.skip(Hook::mail);
  }

  Result on_connect(Connection& conn) {
    constexpr std::int64_t trusted_history = 5;
    if (immune(conn)) return declined();
    const std::int64_t* const history = conn.notes.get(note::karma_history);
    if (history && *history > trusted_history) return skipped("karma");
    const std::int64_t* const own_wait = conn.notes.get(note::earlytalker_wait);
    return judge(own_wait ? milliseconds(seconds(std::clamp<std::int64_t>(*own_wait, 0, 86'400)))
                          : wait_);
  }

  Result on_data(Transaction& txn) {
    if (immune(txn)) return declined();
    return judge(wait_);
  }

  Result on_mail(Transaction& txn, const Address&, const Parameters&) {
    if (!txn.connection().notes.has(note::earlytalker)) return declined();
    adjust_karma(-1);
    return reject(deny(std::string(early_talk_text)));
  }

 private:
  void read_stages(PluginContext& ctx) {
    bool connect = false, data = false;
    for (const std::string_view stage : ctx.args.all("check-at")) {
      if (equal_ignoring_case(stage, "CONNECT"))
        connect = true;
      else if (equal_ignoring_case(stage, "DATA"))
        data = true;
      else
        throw ConfigError("argument check-at is CONNECT or DATA, not '" + printable(stage) + '\'');
    }
    if (!connect && data) ctx.skip(Hook::connect);
    if (!data) ctx.skip(Hook::data);
    if (!ctx.skips(Hook::connect)) ctx.listen_before_greeting();
  }

  Result judge(milliseconds wait) {
    if (!talks_early(ctx(), wait)) return passed("not early");
    adjust_karma(-1);
    if (!defers_) return reject(deny(std::string(early_talk_text)));
    log(Level::info, "fail, deferred to MAIL");
    return declined();
  }

  milliseconds wait_{};
  bool defers_ = false;
};

SMTPD_PLUGIN(EarlyTalker, "earlytalker", connect, mail, data)

}  // namespace smtpd
