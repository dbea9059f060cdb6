/// A queue plugin that says nothing about REQUIRETLS and takes every message, or with `keeps 1`
/// says that it keeps it.
#include "lib/plugin/plugin.hpp"

using namespace smtpd;

namespace {

class TakesMail final : public Plugin {
 public:
  explicit TakesMail(PluginContext& ctx) : Plugin(ctx) {
    if (ctx.args.flag("keeps", false)) ctx.keep_require_tls();
    declines_ = ctx.args.flag("declines", false);
  }

  Result on_queue(Transaction&) {
    log(Level::info, "asked");
    return declines_ ? declined() : ok("Taken");
  }

 private:
  bool declines_ = false;
};

}  // namespace

SMTPD_PLUGIN(TakesMail, "takes_mail", queue)
