#include "lib/base/text.hpp"
#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// Log lines up to a level to standard error. See doc/plugins/logging/warn.md.
class Warn final : public Plugin {
 public:
  explicit Warn(PluginContext& ctx) : Plugin(ctx), level_(ctx.log_level()) {
    if (const auto word = ctx.args.positional()) {
      const auto level = to_level(*word);
      if (!level)
        throw ConfigError("the level is 0 to 7 or a name such as LOGINFO, not '" +
                          printable(*word) + '\'');
      level_ = *level;
    }
    ctx.wants_log(level_);
  }

  Logged on_logging(const LogRecord& record) override {
    if (record.level <= level_) ctx().log_sink().write(log_line(record));
    return Logged::next;
  }

 private:
  Level level_;
};

SMTPD_PLUGIN(Warn, "logging/warn")

}  // namespace smtpd
