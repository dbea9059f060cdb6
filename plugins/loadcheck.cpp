#include <sys/sysinfo.h>

#include <string>

#include "lib/base/text.hpp"
#include "lib/plugin/plugin.hpp"

namespace smtpd {
namespace {

/// Load averages in thousandths.
constexpr std::int64_t usual_max_load = 7000;

std::string load_text(std::int64_t thousandths) {
  const std::string hundredths = std::to_string(thousandths / 10 % 100);
  return std::to_string(thousandths / 1000) + '.' + std::string(2 - hundredths.size(), '0') +
         hundredths;
}

}  // namespace

/// Turns clients away while the machine is busy. See doc/plugins/loadcheck.md.
class LoadCheck final : public Plugin {
 public:
  explicit LoadCheck(PluginContext& ctx) : Plugin(ctx) {
    if (const auto text = ctx.args.value("max_load")) {
      // Seconds as an administrator writes them have the same form: a number and three decimals.
      const auto load = to_duration(*text);
      if (!load || load->count() == 0) {
        throw ConfigError("argument max_load is a load average above 0, such as 7 or 7.5, not '" +
                          printable(*text) + '\'');
      }
      max_load_ = load->count();
    }
    ctx.args.ignored("cache_time", "each connection has a process of its own, which looks once");
    ctx.args.ignored("uptime", "the kernel is asked for the load");
  }

  Result on_connect(Connection&) {
    struct sysinfo info{};
    // The system call needs no /proc, so it works in a chroot too.
    if (::sysinfo(&info) != 0) {
      log(Level::error, system_error("error, no load average: sysinfo").what);
      return declined();
    }
    const auto load = static_cast<std::int64_t>(info.loads[0] * 1000 >> SI_LOAD_SHIFT);
    if (load <= max_load_) {
      if (logs(Level::info)) log(Level::info, "pass, load " + load_text(load));
      return declined();
    }
    log(Level::error, "local load too high: " + load_text(load));
    return denysoft("Server load too high, please try again later.");
  }

 private:
  std::int64_t max_load_ = usual_max_load;
};

SMTPD_PLUGIN(LoadCheck, "loadcheck", connect)

}  // namespace smtpd
