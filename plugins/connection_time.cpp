#include <string>

#include "lib/base/text.hpp"
#include "lib/plugin/plugin.hpp"

namespace smtpd {
namespace {

/// `12.034 s.`
std::string seconds_text(milliseconds duration) {
  const std::string fraction = std::to_string(duration.count() % 1000);
  return std::to_string(duration.count() / 1000) + '.' + std::string(3 - fraction.size(), '0') +
         fraction + " s.";
}

}  // namespace

/// Logs how long a connection lasted. See doc/plugins/connection_time.md.
class ConnectionTime final : public Plugin {
 public:
  explicit ConnectionTime(PluginContext& ctx) : Plugin(ctx) {
    const auto word = ctx.args.positional();
    if (!word) return;
    const auto level = to_level(*word);
    if (!level) {
      throw ConfigError("the first argument is a log level, 0 to 7 or a name such as info, not '" +
                        printable(*word) + '\'');
    }
    level_ = *level;
  }

  void on_post_fork() { began_ = ctx().clock().now(); }

  void on_post_connection(Connection&) {
    const auto lasted = ctx().clock().now() - began_;
    log(level_, seconds_text(std::chrono::duration_cast<milliseconds>(lasted)));
  }

 private:
  Level level_ = Level::info;
  SteadyTime began_{};
};

SMTPD_PLUGIN(ConnectionTime, "connection_time", post_fork, post_connection)

}  // namespace smtpd
