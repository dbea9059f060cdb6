#include <algorithm>

#include "lib/base/text.hpp"
#include "lib/client/exchange.hpp"
#include "lib/kit/password_store.hpp"
#include "lib/kit/server_address.hpp"

namespace smtpd {
namespace {

constexpr std::size_t longest_line = 512;  // vpopmaild cuts lines, and takes the rest for another

/// What stands in a command of vpopmaild's as one word.
bool is_word(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == ' ' || is_control(c); });
}

}  // namespace

/// Asks vpopmaild. See doc/plugins/auth/auth_vpopmaild.md.
class AuthVpopmaild final : public PasswordStore {
 public:
  explicit AuthVpopmaild(PluginContext& ctx) : PasswordStore(ctx) {
    constexpr std::int64_t vpopmaild_port = 89, highest_port = 65'535;
    const auto port = ctx.args.number("port", vpopmaild_port, 1, highest_port);
    const auto server = ServerAddress::at(ctx.args.text("host", "localhost"), port);
    if (!server) throw ConfigError("argument host: " + server.error().what);
    server_ = *server;
    timeout_ = ctx.args.duration("timeout", seconds(20));
  }

  void on_check() { check_daemon(ctx(), server_); }

 private:
  PasswordCheck check(const std::string& user, const std::string& password) override {
    if (!is_word(user) || !is_word(password))
      return PasswordOutcome::unknown("vpopmaild cannot be asked about blanks");
    const std::string command = "login " + user + ' ' + password + "\r\n";
    if (command.size() > longest_line)
      return PasswordOutcome::unknown("user and password are too long");
    auto talk = open_exchange(ctx(), server_, {.deadline = ctx().clock().after(timeout_)});
    if (!talk) return std::unexpected(talk.error());
    const auto greeting = talk->line();
    if (!greeting) return std::unexpected(greeting.error());
    if (!greeting->starts_with("+OK"))
      return talk->nonsense("it does not speak vpopmaild's protocol");
    if (const auto sent = talk->say(command); !sent) return std::unexpected(sent.error());
    const auto answer = talk->line();
    if (!answer) return std::unexpected(answer.error());
    if (answer->starts_with("+OK")) return PasswordOutcome::accepted();
    if (answer->starts_with("-ERR")) return PasswordOutcome::unknown();
    return talk->nonsense("its answer is neither +OK nor -ERR");
  }

  ServerAddress server_;
  milliseconds timeout_{};
};

SMTPD_PLUGIN(AuthVpopmaild, "auth/auth_vpopmaild", password, check)

}  // namespace smtpd
