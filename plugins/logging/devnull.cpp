#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// Keeps log lines from the built-in logger. See doc/plugins/logging/devnull.md.
class DevNull final : public Plugin {
 public:
  explicit DevNull(PluginContext& ctx) : Plugin(ctx) { ctx.wants_log(Level::emerg); }

  Logged on_logging(const LogRecord&) { return Logged::next; }
};

SMTPD_PLUGIN(DevNull, "logging/devnull", logging)

}  // namespace smtpd
