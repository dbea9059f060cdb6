/// Asks for the configuration key that its argument names, and logs what comes: for everybody at
/// connect, for one recipient at rcpt, which it accepts. `flag KEY` asks for a flag.
#include "lib/plugin/plugin.hpp"

using namespace smtpd;

namespace {

class Asks final : public Plugin {
 public:
  explicit Asks(PluginContext& ctx) : Plugin(ctx) {
    flag_ = ctx.args.text("flag", "");
    key_ = flag_.empty() ? std::string(ctx.args.positional().value_or("plugins")) : "";
  }

  Result on_connect(Connection&) {
    if (!flag_.empty()) {
      log(Level::info, flag_ + (ctx().config_flag(flag_, false) ? " is set" : " is not set"));
      return declined();
    }
    say("for everybody", ctx().config(key_));
    return declined();
  }

  Result on_rcpt(Transaction&, const Address& rcpt, const Parameters&) {
    if (key_.empty()) return ok();
    const auto own = ctx().find_config_for(rcpt, key_);
    if (!own) return denysoft(own.error().what);
    say("for " + rcpt.text(), *own->lines);
    return ok();
  }

 private:
  void say(const std::string& whom, const std::vector<ConfigLine>& lines) const {
    std::string text = key_ + ' ' + whom + " is";
    for (const ConfigLine& line : lines) text += " '" + line.text + '\'';
    log(Level::info, lines.empty() ? text + " not set" : text);
  }

  std::string key_, flag_;
};

}  // namespace

SMTPD_PLUGIN(Asks, "asks", connect, rcpt)
