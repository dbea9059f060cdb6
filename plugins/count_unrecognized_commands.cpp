#include "lib/plugin/plugin.hpp"

namespace smtpd {
namespace {

constexpr NoteKey<std::int64_t> unrec_cmd_count{"unrec_cmd_count"};  // of the connection

}  // namespace

/// Ends connections that send too many unknown commands. See
/// doc/plugins/count_unrecognized_commands.md.
class CountUnrecognizedCommands final : public Plugin {
 public:
  explicit CountUnrecognizedCommands(PluginContext& ctx) : Plugin(ctx) {
    limit_ = ctx.args.leading_number(usual_limit, 0, 1'000'000);
    if (limit_ == 0) limit_ = usual_limit;  // as in qpsmtpd
  }

  // The core logs the command, or hides it: it may be a password.
  Result on_unrecognized_command(Connection& conn, const CommandLine&) {
    const std::int64_t* const before = conn.notes.get(unrec_cmd_count);
    const std::int64_t count = (before ? *before : 0) + 1;
    conn.notes.set(unrec_cmd_count, std::int64_t{count});
    log(Level::info, "info, " + std::to_string(count) + " unrecognized so far");
    if (count < limit_) return declined();
    log(Level::info, "fail, " + std::to_string(count) + " unrecognized commands");
    return deny_disconnect("Closing connection, " + std::to_string(count) +
                           " unrecognized commands. Perhaps you should read RFC 5321?");
  }

 private:
  static constexpr std::int64_t usual_limit = 4;
  std::int64_t limit_ = usual_limit;
};

SMTPD_PLUGIN(CountUnrecognizedCommands, "count_unrecognized_commands", unrecognized_command)

}  // namespace smtpd
