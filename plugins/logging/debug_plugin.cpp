#include "lib/kit/log_output.hpp"

namespace smtpd {

/// Lets one plugin's log lines through whatever their level, and the others' up to a level. See
/// doc/plugins/logging/debug_plugin.md.
class DebugPlugin final : public Plugin {
 public:
  explicit DebugPlugin(PluginContext& ctx) : Plugin(ctx) {
    const auto plugin = ctx.args.positional();
    if (!plugin) throw ConfigError("it needs the name of a plugin");
    plugin_ = *plugin;
    level_ = ctx.log_level();
    if (const auto level = ctx.args.positional()) level_ = level_of(*level);
    ctx.wants_log(Level::emerg);  // the loggers behind it say what is wanted
  }

  Logged on_logging(const LogRecord& record) {
    const bool swallowed = record.level > level_ && !is_about_it(record.plugin);
    return swallowed ? Logged::logged : Logged::next;
  }

 private:
  bool is_about_it(std::string_view log_name) const {
    return log_name == plugin_ || log_name == plugin_log_name(plugin_);
  }

  std::string plugin_;
  Level level_ = Level::warn;
};

SMTPD_PLUGIN(DebugPlugin, "logging/debug_plugin", logging)

}  // namespace smtpd
