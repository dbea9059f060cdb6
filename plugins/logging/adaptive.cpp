#include <unistd.h>

#include <string>
#include <vector>

#include "lib/kit/log_output.hpp"

namespace smtpd {

/// A short log of accepted messages beside a long one of everything. See
/// doc/plugins/logging/adaptive.md.
class Adaptive final : public Plugin {
 public:
  explicit Adaptive(PluginContext& ctx) : Plugin(ctx) {
    if (const auto word = ctx.args.value("accept")) accept_ = level_of(*word);
    if (const auto word = ctx.args.value("reject")) reject_ = level_of(*word);
    prefix_ = ctx.args.text("prefix", "`");
    ctx.wants_log(std::max(accept_, reject_));
  }

  Logged on_logging(const LogRecord& record) {
    if (record.level <= reject_) ctx().services().log.write(log_line(record));
    if (record.level <= accept_) keep(record);
    return Logged::next;
  }

  void on_ok(Hook hook, std::string_view, const Result& result) {
    if (hook == Hook::queue && result.verdict == Verdict::ok) accepted();
  }

 private:
  /// Lines that wait for what becomes of their message.
  struct Kept {
    std::vector<std::string> lines;
    std::size_t octets = 0;
    std::size_t left_out = 0;
  };
  static constexpr std::size_t most_octets = 64 * 1024;

  // A message's lines go on behind the hook queue, up to the next MAIL; those of the whole session
  // follow its last message.
  void keep(const LogRecord& record) {
    const bool of_message = record.id.find('.') != record.id.npos;
    if (of_message && record.id != id_) {
      id_ = record.id;
      message_ = {};
      writes_ = false;
    }
    const std::string line = start() + log_line_without_pid(record);
    if (writes_ || (!of_message && any_accepted_)) return ctx().services().log.write(line);
    Kept& kept = of_message ? message_ : session_;
    if (kept.left_out > 0 || kept.octets + line.size() > most_octets) {
      ++kept.left_out;
      return;
    }
    kept.octets += line.size();
    kept.lines.push_back(line);
  }

  std::string start() const { return std::to_string(::getpid()) + ' ' + prefix_ + ' '; }

  void accepted() {
    write(session_);
    write(message_);
    writes_ = any_accepted_ = true;
  }

  void write(Kept& kept) {
    for (const std::string& line : kept.lines) ctx().services().log.write(line);
    if (kept.left_out > 0) {
      ctx().services().log.write(start() + id_ + ' ' + std::to_string(kept.left_out) +
                                 " more lines are left out");
    }
    kept = {};
  }

  Level accept_ = Level::error, reject_ = Level::notice;
  std::string prefix_;
  std::string id_;  // of the message whose lines are kept
  Kept session_, message_;
  bool writes_ = false;        // the message is accepted: further lines need not wait
  bool any_accepted_ = false;  // of the session's messages
};

SMTPD_PLUGIN(Adaptive, "logging/adaptive", logging, ok)

}  // namespace smtpd
