#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// Refuses messages that have come through too many servers. See doc/plugins/loop.md.
class Loop final : public Plugin {
 public:
  explicit Loop(PluginContext& ctx)
      // Our own Received is there already, so that 1 would refuse everything.
      : Plugin(ctx), most_(ctx.args.leading_number(100, 2, 1'000'000)) {}

  Result on_data_post(Transaction& txn) {
    const std::size_t hops =
        txn.header.get_all("Received").size() + txn.header.get_all("Delivered-To").size();
    const bool loops = hops >= static_cast<std::size_t>(most_);
    log(Level::info, (loops ? "fail, " : "pass, ") + std::to_string(hops) + " hops");
    return loops ? dsn::too_many_hops() : declined();
  }

 private:
  std::int64_t most_;
};

SMTPD_PLUGIN(Loop, "loop", data_post)

}  // namespace smtpd
