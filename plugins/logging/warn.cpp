#include "lib/kit/log_output.hpp"

namespace smtpd {

/// Log lines up to a level to standard error. See doc/plugins/logging/warn.md.
class Warn final : public Plugin {
 public:
  explicit Warn(PluginContext& ctx) : Plugin(ctx), level_(ctx.log_level()) {
    if (const auto word = ctx.args.positional()) level_ = level_of(*word);
    ctx.wants_log(level_);
  }

  Logged on_logging(const LogRecord& record) {
    if (record.level <= level_) ctx().services().log.write(log_line(record));
    return Logged::next;
  }

 private:
  Level level_;
};

SMTPD_PLUGIN(Warn, "logging/warn", logging)

}  // namespace smtpd
