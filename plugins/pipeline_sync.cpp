#include "lib/base/text.hpp"
#include "lib/plugin/plugin.hpp"
#include "plugins/early_talk.hpp"

namespace smtpd {
namespace {

/// One check: how long to listen, and what a client that talks gets.
struct Check {
  milliseconds wait{};
  Verdict action = Verdict::deny;
};

Verdict to_action(std::string_view name, std::string_view text) {
  const auto verdict = to_verdict(text);
  if (verdict && is_refusal(*verdict)) return *verdict;
  throw ConfigError("the action of " + std::string(name) +
                    " is DENY, DENYSOFT, DENY_DISCONNECT or DENYSOFT_DISCONNECT, not '" +
                    printable(text) + '\'');
}

}  // namespace

/// Sees to it that clients wait where a pipelined group ends (RFC 2920 3.1). See
/// doc/plugins/pipeline_sync.md.
class PipelineSync final : public Plugin {
 public:
  explicit PipelineSync(PluginContext& ctx) : Plugin(ctx) {
    action_ = to_action("action", ctx.args.text("action", "DENY"));
    defers_ = ctx.args.flag("defer", false);
    connect_ = read(ctx, "connect", "1", {Hook::connect});
    data_ = read(ctx, "data", "1", {Hook::data});
    ehlo_ = read(ctx, "ehlo", "0", {Hook::ehlo, Hook::helo});
    noop_ = read(ctx, "noop", "0", {Hook::noop});
    vrfy_ = read(ctx, "vrfy", "0", {Hook::vrfy});
    if (!defers_) ctx.skip(Hook::mail);
    if (!ctx.skips(Hook::connect) || !ctx.skips(Hook::ehlo)) ctx.listen_before_greeting();
  }

  Result on_connect(Connection&) {
    Result result = judge(connect_);
    if (!defers_ || result.verdict == Verdict::declined) return result;
    deferred_ = true;
    return declined();
  }
  Result on_helo(Connection&, const Hello&) { return judge(ehlo_); }
  Result on_ehlo(Connection& conn, const Hello&) {
    const bool first = conn.greeted == Greeted::no;
    return first && ctx().conversation().invites_early() ? declined() : judge(ehlo_);
  }
  Result on_mail(Transaction&, const Address&, const Parameters&) {
    return deferred_ ? refusal(connect_) : declined();
  }
  Result on_data(Transaction&) { return judge(data_); }
  Result on_noop(Connection&, const CommandLine&) { return judge(noop_); }
  Result on_vrfy(Connection&, const CommandLine&) { return judge(vrfy_); }

 private:
  /// `TIMEOUT[,ACTION]`; a timeout of 0 switches the check off.
  Check read(PluginContext& ctx, std::string_view name, std::string_view fallback,
             std::initializer_list<Hook> hooks) const {
    const std::string text = ctx.args.text(name, fallback);
    const auto comma = text.find(',');
    const auto wait = to_duration(std::string_view(text).substr(0, comma));
    if (!wait)
      throw ConfigError("argument " + std::string(name) + " is TIMEOUT[,ACTION] in seconds, not '" +
                        printable(text) + '\'');
    if (wait->count() == 0) {
      for (const Hook hook : hooks) ctx.skip(hook);
    }
    return {*wait, comma == text.npos ? action_
                                      : to_action(name, std::string_view(text).substr(comma + 1))};
  }
  static Result refusal(const Check& check) {
    return {check.action, std::string(early_talk_text), {}};
  }
  Result judge(const Check& check) {
    const bool talks = talks_early(ctx(), check.wait);
    log(Level::info, talks ? "fail, talks out of turn" : "pass, in turn");
    return talks ? refusal(check) : declined();
  }

  Verdict action_ = Verdict::deny;
  bool defers_ = false, deferred_ = false;
  Check connect_, data_, ehlo_, noop_, vrfy_;
};

SMTPD_PLUGIN(PipelineSync, "pipeline_sync", connect, ehlo, helo, mail, data, vrfy, noop)

}  // namespace smtpd
