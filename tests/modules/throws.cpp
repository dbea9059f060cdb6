/// Throws WHAT (runtime, config, int) at PLACE: constructor, or one of the hooks below. What a
/// class throws passes through the guard of the plugin's own object file.
#include <stdexcept>

#include "lib/plugin/plugin.hpp"

using namespace smtpd;

namespace {

class Throws final : public Plugin {
 public:
  explicit Throws(PluginContext& ctx) : Plugin(ctx) {
    place_ = ctx.args.positional().value_or("constructor");
    what_ = ctx.args.positional().value_or("runtime");
    throw_at("constructor");
  }

  void on_post_fork() { throw_at("post_fork"); }
  Result on_connect(Connection&) { return throw_at("connect"); }
  Parsed<Hello> on_ehlo_parse(Connection&, const CommandLine&) {
    throw_at("ehlo_parse");
    return {};
  }
  Lines on_capabilities(Connection&) {
    throw_at("capabilities");
    return {};
  }
  Rewrite on_mail_pre(Transaction&, std::string_view, Parameters&) {
    throw_at("mail_pre");
    return std::nullopt;
  }
  Result on_mail(Transaction&, const Address&, const Parameters&) { return throw_at("mail"); }
  Result on_rcpt(Transaction&, const Address&, const Parameters&) { return throw_at("rcpt"); }

 private:
  Result throw_at(std::string_view place) const {
    if (place != place_) return declined();
    if (what_ == "runtime") throw std::runtime_error("thrown at " + place_);
    if (what_ == "config") throw ConfigError("misconfigured at " + place_);
    throw 42;
  }

  std::string place_, what_;
};

}  // namespace

SMTPD_PLUGIN(Throws, "throws", post_fork, connect, ehlo_parse, capabilities, mail_pre, mail, rcpt)
