/// Has a handler of its own for noop, vrfy and mail, leaves the last two out, and adds others at
/// the back and at the front of noop's chain. Each logs its name; `fail` makes the constructor
/// throw behind all of that.
#include "lib/plugin/plugin.hpp"

using namespace smtpd;

namespace {

class Registers final : public Plugin {
 public:
  explicit Registers(PluginContext& ctx) : Plugin(ctx) {
    ctx.skip(Hook::vrfy);
    ctx.skip(Hook::mail);
    for (const char* name : {"back 1", "back 2"}) {
      ctx.add<Hook::noop>(
          [this, name](Connection&, const CommandLine& line) { return say(name, line.rest); });
    }
    for (const char* name : {"front 1", "front 2"}) {
      ctx.add<Hook::noop>(
          [this, name](Connection&, const CommandLine& line) { return say(name, line.rest); },
          Place::front);
    }
    ctx.add<Hook::help>([count = 0, this](Connection&, const CommandLine&) mutable {
      return say("state " + std::to_string(++count), {});
    });
    if (!ctx.args.flag("fail", false)) return;
    ctx.add<Hook::config>([this](std::string_view) -> std::optional<Lines> {
      say("config", {});
      return {};
    });
    throw ConfigError("told to fail");
  }

  Result on_noop(Connection&, const CommandLine& line) { return say("own", line.rest); }
  Result on_vrfy(Connection&, const CommandLine& line) { return say("vrfy", line.rest); }
  Result on_mail(Transaction&, const Address&, const Parameters&) { return say("mail", "mail"); }

 private:
  Result say(std::string_view name, std::string_view rest) {
    log(Level::info, "handler " + std::string(name));
    return rest == name ? deny("refused by " + std::string(name)) : declined();
  }
};

}  // namespace

SMTPD_PLUGIN(Registers, "registers", noop, vrfy, mail)
