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
  // qpsmtpd's form of the name is understood too.
  bool is_about_it(std::string_view name) const {
    return name == plugin_ || qpsmtpd_name(name) == plugin_;
  }

  std::string plugin_;
  Level level_ = Level::notice;
};

SMTPD_PLUGIN(DebugPlugin, "logging/debug_plugin", logging)

}  // namespace smtpd
