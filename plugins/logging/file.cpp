#include <unistd.h>

#include <array>

#include "lib/base/host_name.hpp"
#include "lib/kit/log_output.hpp"

namespace smtpd {

/// Log lines with their time to a file, or to a program. See doc/plugins/logging/file.md.
class File final : public Plugin {
 public:
  explicit File(PluginContext& ctx)
      : Plugin(ctx), output_(ctx, std::array{LogOutput::Option{"tsformat", &time_format_}}) {
    if (!output_.has_target()) throw ConfigError("it needs a path, or |PROGRAM");
  }

  Logged on_logging(const LogRecord& record) {
    if (output_.wants(record)) output_.write(prefix() + log_line_without_pid(record), record);
    return Logged::next;
  }

  void on_check() { output_.check(); }

 private:
  std::string prefix() {
    if (host_.empty()) host_ = host_name();
    return io::format_time(time_format_, ctx().clock().wall()) + ' ' + host_ + '[' +
           std::to_string(::getpid()) + "]: ";
  }

  std::string time_format_ = "%a %b %d %T %Y";
  LogOutput output_;
  std::string host_;
};

SMTPD_PLUGIN(File, "logging/file", logging, check)

}  // namespace smtpd
