#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// Keeps log lines from the built-in logger. See doc/plugins/logging/devnull.md.
class DevNull final : public PluginWith<Hook::logging> {
 public:
  explicit DevNull(PluginContext& ctx) : PluginWith(ctx) { ctx.wants_log(Level::emerg); }

  Logged on_logging(const LogRecord&) override { return Logged::next; }
};

SMTPD_PLUGIN(DevNull, "logging/devnull")

}  // namespace smtpd
