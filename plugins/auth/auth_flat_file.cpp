#include <algorithm>
#include <map>

#include "lib/base/text.hpp"
#include "lib/crypto/crypt.hpp"
#include "lib/kit/password_store.hpp"
#include "lib/kit/secrets.hpp"

namespace smtpd {
namespace {

constexpr std::string_view key = "flat_auth_pw";
constexpr std::string_view nobody = "there is no user in the file flat_auth_pw";

/// A user's name as it is compared: the domain's case does not count.
std::string canonical(std::string_view user) {
  const auto at = user.rfind('@');
  if (at == user.npos) return std::string(user);
  return std::string(user.substr(0, at)) + lower(user.substr(at));
}

}  // namespace

/// Knows users by a file of names and passwords. See doc/plugins/auth/auth_flat_file.md.
class AuthFlatFile final : public StoredPasswords {
 public:
  using StoredPasswords::StoredPasswords;

  /// What every user in the file can do. Those in maps are taken to be like them; without any, they
  /// have passwords in clear.
  Lines on_auth_mechanisms(Connection&) {
    Lines names = mechanisms_for({.credentials = {.password = std::string()}});
    const auto lines = ctx().find_config(key);
    if (!lines) return names;  // what the client tries then is deferred
    for (const ConfigLine& line : **lines) {
      const auto stored = parse_stored_password(password_in(line.text));
      const Lines own = stored ? mechanisms_for(*stored) : names;
      std::erase_if(names, [&](const std::string& name) {
        return std::ranges::find(own, name) == own.end();
      });
    }
    return names;
  }

  void on_check() {
    if (!has_users()) log(Level::warn, std::string(nobody) + ": every login gets 454");
    HashJudge judge;
    for (const ConfigLine& line : ctx().config(key)) {
      const auto colon = line.text.find(':');
      const auto stored = parse_stored_password(password_in(line.text));
      if (colon == line.text.npos || colon == 0)
        ctx().problem(line.where() + ": a line is USER@DOMAIN:PASSWORD");
      else if (colon + 1 == line.text.size())
        ctx().problem(line.where() + ": the password is empty");
      else if (!stored)
        ctx().problem(line.where() + ": " + stored.error().what);
      else if (const auto hash = stored->hash ? judge.judge(*stored->hash) : Judged(); !hash)
        ctx().problem(line.where() + ": " + hash.error().what +
                      "; smtpd --hash-password makes one");
    }
    check_readers();
  }

 private:
  using Judged = std::expected<void, Error>;

  /// Passwords in clear are for nobody else; hashes and verifiers can at least be guessed at.
  void check_readers() {
    std::map<std::string_view, bool> has_clear;  // by the file
    for (const ConfigLine& line : ctx().config(key)) {
      const auto stored = parse_stored_password(password_in(line.text));
      has_clear[line.file] |= !stored || stored->credentials.password.has_value();
    }
    for (const auto& [file, clear] : has_clear) {
      if (!everybody_can_read(std::string(file))) continue;
      if (clear)
        ctx().problem(open_secret(file, "passwords in clear"));
      else
        log(Level::warn, open_secret(file, "hashes, at which everybody can guess"));
    }
    for (const char* suffix : {".cdb", ".lmdb"}) {
      const std::string map = ctx().config_directory() + '/' + std::string(key) + suffix;
      if (everybody_can_read(map))
        log(Level::warn, open_secret(map, "passwords or hashes of them"));
    }
  }

  /// False if the file is missing or empty, and there is no map.
  bool has_users() { return !ctx().config(key).empty() || ctx().has_map(key); }

  static std::string_view password_in(std::string_view line) {
    return line.substr(std::min(line.find(':'), line.size() - 1) + 1);
  }

  /// Errors: config.
  FoundPassword find(std::string_view user) override {
    // Whoever has users has lost them: nobody's password is wrong for that.
    if (!has_users()) return std::unexpected(Error{Errc::config, std::string(nobody)});
    const std::string name = canonical(user);
    for (const ConfigLine& line : ctx().config(key)) {
      const auto colon = line.text.find(':');
      if (colon == line.text.npos || canonical(line.text.substr(0, colon)) != name) continue;
      auto stored = parse_stored_password(password_in(line.text));
      if (!stored)
        return std::unexpected(Error{Errc::config, line.where() + ": " + stored.error().what});
      return *std::move(stored);
    }
    const auto value = ctx().lookup(key, name);
    if (!value) return std::nullopt;
    auto stored = parse_stored_password(*value);
    if (!stored) return std::unexpected(stored.error());
    return *std::move(stored);
  }
};

SMTPD_PLUGIN(AuthFlatFile, "auth/auth_flat_file", password, credentials, auth_mechanisms, check)

}  // namespace smtpd
