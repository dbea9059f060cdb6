#include "lib/kit/log_output.hpp"

namespace smtpd {

/// Log lines up to a level to standard error. See doc/plugins/logging/warn.md.
class Warn final : public PluginWith<Hook::logging> {
 public:
  explicit Warn(PluginContext& ctx) : PluginWith(ctx), level_(ctx.log_level()) {
    if (const auto word = ctx.args.positional()) level_ = level_of(*word);
    ctx.wants_log(level_);
  }

  Logged on_logging(const LogRecord& record) override {
    if (record.level <= level_) ctx().services().log.write(log_line(record));
    return Logged::next;
  }

 private:
  Level level_;
};

SMTPD_PLUGIN(Warn, "logging/warn")

}  // namespace smtpd
