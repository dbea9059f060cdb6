#include <algorithm>

#include "lib/base/text.hpp"
#include "lib/client/exchange.hpp"
#include "lib/kit/daemon.hpp"

namespace smtpd {
namespace {

constexpr std::size_t longest_line = 512;  // vpopmaild cuts lines, and takes the rest for another

/// What stands in a command of vpopmaild's as one word.
bool is_word(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == ' ' || is_control(c); });
}

}  // namespace

/// Asks vpopmaild. See doc/plugins/auth/auth_vpopmaild.md.
class AuthVpopmaild final : public Plugin {
 public:
  explicit AuthVpopmaild(PluginContext& ctx) : Plugin(ctx) {
    constexpr std::int64_t vpopmaild_port = 89, highest_port = 65'535;
    const auto port = ctx.args.number("port", vpopmaild_port, 1, highest_port);
    const auto server = daemon_at(ctx.args.text("host", "localhost"), port);
    if (!server) throw ConfigError("argument host: " + server.error().what);
    server_ = *server;
    timeout_ = ctx.args.duration("timeout", seconds(20));
  }

  Result on_auth_plain(Connection&, const AuthAttempt& attempt) { return judge(attempt); }
  Result on_auth_login(Connection&, const AuthAttempt& attempt) { return judge(attempt); }

  void on_check() { check_daemon(ctx(), server_); }

 private:
  Result judge(const AuthAttempt& attempt) {
    const std::string password = attempt.password.value_or("");
    if (!is_word(attempt.user) || !is_word(password))
      return declined("vpopmaild cannot be asked about blanks");
    const std::string command = "login " + attempt.user + ' ' + password + "\r\n";
    if (command.size() > longest_line) return declined("user and password are too long");
    auto talk =
        Exchange::open(ctx().services(), server_, {.deadline = ctx().clock().after(timeout_)});
    if (!talk) return denysoft(talk.error().what);
    const auto greeting = talk->line();
    if (!greeting) return denysoft(greeting.error().what);
    if (!greeting->starts_with("+OK"))
      return denysoft(talk->nonsense("it does not speak vpopmaild's protocol").error().what);
    if (const auto sent = talk->say(command); !sent) return denysoft(sent.error().what);
    const auto answer = talk->line();
    if (!answer) return denysoft(answer.error().what);
    if (answer->starts_with("+OK")) return ok();
    if (answer->starts_with("-ERR")) return declined("unknown user or wrong password");
    return denysoft(talk->nonsense("its answer is neither +OK nor -ERR").error().what);
  }

  io::Endpoint server_;
  milliseconds timeout_{};
};

SMTPD_PLUGIN(AuthVpopmaild, "auth/auth_vpopmaild", auth_plain, auth_login, check)

}  // namespace smtpd
