#include <string>
#include <vector>

#include "lib/base/text.hpp"
#include "lib/io/spawn.hpp"
#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// Sends a fortune cookie along with the answer to QUIT. See doc/plugins/quit_fortune.md.
class QuitFortune final : public Plugin {
 public:
  explicit QuitFortune(PluginContext& ctx) : Plugin(ctx) {
    program_ = ctx.args.text("program", "/usr/games/fortune");
    if (!program_.starts_with('/')) {
      throw ConfigError("argument program is an absolute path, not '" + printable(program_) + '\'');
    }
    for (const std::string_view word : ctx.args.all("arg")) arguments_.emplace_back(word);
    if (arguments_.empty()) arguments_.emplace_back("-s");
    timeout_ = ctx.args.duration("timeout", seconds(2));
  }

  Result on_quit(Connection& conn, const CommandLine&) {
    if (conn.greeted == Greeted::ehlo) return declined();  // a program, which reads no cookies
    const std::string cookie = ask();
    if (cookie.empty()) return declined();
    std::string text = ctx().me() + " closing connection.";
    for (const std::string_view line : split(cookie, '\n')) text.append("\n  / ").append(line);
    text += " (#2.0.0)";  // what a cookie ends with is no status
    return ok(std::move(text));
  }

  void on_check() {
    if (const std::string wrong = io::why_not_runnable(program_); !wrong.empty())
      ctx().problem(wrong);
  }

 private:
  /// What the program says, with LF between its lines; empty if it says nothing or fails.
  std::string ask() const {
    if (ctx().rehearses("run " + program_)) return {};
    constexpr std::size_t longest = 2048;  // octets
    const auto outcome = ctx().services().programs.run({.path = program_,
                                                        .arguments = arguments_,
                                                        .environment = {"PATH=/usr/bin:/bin"},
                                                        .most_output = longest,
                                                        .deadline = ctx().clock().after(timeout_)});
    if (!outcome) {
      const bool missing = outcome.error().code == Errc::not_found;
      log(missing ? Level::info : Level::warn, "skip, " + outcome.error().what);
      return {};
    }
    if (outcome->exit_code != 0) {
      log(Level::warn, "skip, " + program_ + ' ' +
                           (outcome->signal != 0
                                ? "was ended by signal " + std::to_string(outcome->signal)
                                : "failed with exit code " + std::to_string(outcome->exit_code)));
      return {};
    }
    std::string cookie(trim(outcome->output));
    for (char& c : cookie) {
      if (c == '\t' || c == '\r') c = ' ';
    }
    return cookie;
  }

  std::string program_;
  std::vector<std::string> arguments_;
  milliseconds timeout_{};
};

SMTPD_PLUGIN(QuitFortune, "quit_fortune", quit, check)

}  // namespace smtpd
