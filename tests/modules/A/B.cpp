/// A plugin below a directory, for the names `A/B` and `A::B`.
#include "lib/plugin/plugin.hpp"

using namespace smtpd;

namespace {

struct Below final : Plugin {
  explicit Below(PluginContext& ctx) : Plugin(ctx) {
    while (const auto word = ctx.args.positional())
      log(Level::info, "argument '" + std::string(*word) + '\'');
  }
  Result on_noop(Connection&, const CommandLine&) {
    log(Level::info, "I am " + ctx().name());
    return declined();
  }
};

}  // namespace

SMTPD_PLUGIN(Below, "A/B", noop)
