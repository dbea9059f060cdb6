/// Asks for the configuration key that its argument names, and logs what comes: for everybody at
/// connect, for one recipient at rcpt, which it accepts. `number KEY` asks for a number, `flag KEY`
/// for a flag.
#include "lib/plugin/plugin.hpp"

using namespace smtpd;

namespace {

class Asks final : public Plugin {
 public:
  explicit Asks(PluginContext& ctx) : Plugin(ctx) {
    number_ = ctx.args.text("number", "");
    flag_ = ctx.args.text("flag", "");
    key_ = number_.empty() && flag_.empty() ? std::string(ctx.args.positional().value_or("plugins"))
                                            : "";
  }

  Result on_connect(Connection&) {
    if (!number_.empty()) {
      log(Level::info, number_ + " is " + std::to_string(ctx().config_number(number_, 7)));
      return declined();
    }
    if (!flag_.empty()) {
      log(Level::info, flag_ + (ctx().config_flag(flag_) ? " is set" : " is not set"));
      return declined();
    }
    say("for everybody", ctx().config(key_));
    return declined();
  }

  Result on_rcpt(Transaction&, const Address& rcpt, const Parameters&) {
    if (!key_.empty()) say("for " + rcpt.text(), ctx().config_for(rcpt, key_));
    return ok();
  }

 private:
  void say(const std::string& whom, const std::vector<ConfigLine>& lines) const {
    std::string text = key_ + ' ' + whom + " is";
    for (const ConfigLine& line : lines) text += " '" + line.text + '\'';
    log(Level::info, lines.empty() ? text + " not set" : text);
  }

  std::string key_, number_, flag_;
};

}  // namespace

SMTPD_PLUGIN(Asks, "asks", connect, rcpt)
