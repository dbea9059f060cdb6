#include "lib/base/text.hpp"
#include "lib/crypto/crypto.hpp"
#include "lib/plugin/lists.hpp"

namespace smtpd {
namespace {

constexpr std::string_view key = "flat_auth_pw";

/// A user's name as it is compared: the domain's case does not count.
std::string canonical(std::string_view user) {
  const auto at = user.rfind('@');
  if (at == user.npos) return std::string(user);
  return std::string(user.substr(0, at)) + lower(user.substr(at));
}

}  // namespace

/// Knows users by a file of names and passwords. See doc/plugins/auth/auth_flat_file.md.
class AuthFlatFile final : public Plugin {
 public:
  using Plugin::Plugin;

  Result on_auth_plain(Connection&, const AuthAttempt& attempt) override { return judge(attempt); }
  Result on_auth_login(Connection&, const AuthAttempt& attempt) override { return judge(attempt); }

  void on_check() override {
    for (const ConfigLine& line : ctx().config(key)) {
      if (const auto colon = line.text.find(':'); colon == line.text.npos || colon == 0)
        ctx().problem(line.where() + ": a line is USER@DOMAIN:PASSWORD");
      else if (colon + 1 == line.text.size())
        ctx().problem(line.where() + ": the password is empty");
    }
  }

 private:
  /// The password of a user; none for a user who is not there.
  std::optional<std::string> password_of(const std::string& user) {
    for (const ConfigLine& line : ctx().config(key)) {
      const auto colon = line.text.find(':');
      if (colon != line.text.npos && canonical(line.text.substr(0, colon)) == user)
        return line.text.substr(colon + 1);
    }
    return ctx().lookup(key, user);
  }

  Result judge(const AuthAttempt& attempt) {
    const auto password = password_of(canonical(attempt.user));
    if (!password) return declined("no such user");
    if (password->empty() || !attempt.password) return deny("no password");
    return equal_in_constant_time(*attempt.password, *password) ? ok() : deny("wrong password");
  }
};

SMTPD_PLUGIN(AuthFlatFile, "auth/auth_flat_file")

}  // namespace smtpd
