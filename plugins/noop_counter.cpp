#include <string>

#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// Ends connections that idle with NOOP. See doc/plugins/noop_counter.md.
class NoopCounter final : public Plugin {
 public:
  explicit NoopCounter(PluginContext& ctx) : Plugin(ctx) {
    limit_ = ctx.args.leading_number(usual_limit, 1, 1'000'000);
    // In front of all other plugins: one of them may end the chain before this one's turn.
    const auto restart = [this](const auto&...) {
      count_ = 0;
      return declined();
    };
    ctx.add<Hook::helo>(restart, Place::front);
    ctx.add<Hook::ehlo>(restart, Place::front);
    ctx.add<Hook::mail>(restart, Place::front);
    ctx.add<Hook::rcpt>(restart, Place::front);
    ctx.add<Hook::data>(restart, Place::front);
    ctx.add<Hook::vrfy>(restart, Place::front);
    ctx.add<Hook::help>(restart, Place::front);
  }

  void on_reset_transaction(Transaction&) { count_ = 0; }

  Result on_noop(Connection&, const CommandLine&) {
    if (++count_ < limit_) return declined();
    log(Level::info, "fail, " + std::to_string(count_) + " consecutive NOOPs");
    return deny_disconnect("Stop wasting my time, too many consecutive NOOPs");
  }

 private:
  static constexpr std::int64_t usual_limit = 3;
  std::int64_t limit_ = usual_limit;
  std::int64_t count_ = 0;
};

SMTPD_PLUGIN(NoopCounter, "noop_counter", noop, reset_transaction)

}  // namespace smtpd
