#include <algorithm>
#include <cstdint>

#include "lib/base/text.hpp"
#include "lib/kit/passwords.hpp"
#include "lib/services/map.hpp"

namespace smtpd {
namespace {

struct Entry {
  StoredPassword stored = {};
  bool may_send = true;
};

/// A user's line of vpasswd behind the name: PASSWORD:UID:GID:GECOS:DIRECTORY:QUOTA[:CLEAR], where
/// GID has flags. Errors: config.
std::expected<Entry, Error> parse_line(std::string_view line) {
  constexpr std::uint64_t no_smtp = 0x800;  // vmoduser -s
  constexpr std::size_t hash = 0, flags = 2, quota = 5, count = 6;
  while (line.ends_with('\n') || line.ends_with('\0')) line.remove_suffix(1);
  const auto fields = split(line, ':');
  const auto bits = fields.size() < count ? std::nullopt : to_number(fields[flags]);
  if (!bits) return std::unexpected(Error{Errc::config, "that is no line of vpasswd"});
  Entry entry{.may_send = (*bits & no_smtp) == 0};
  if (!fields[hash].empty()) entry.stored.hash = std::string(fields[hash]);
  // A password in clear may have colons: it is all of the rest.
  if (fields.size() > count) {
    const auto begin = static_cast<std::size_t>(fields[quota].end() - line.begin()) + 1;
    if (begin < line.size()) entry.stored.credentials.password = std::string(line.substr(begin));
  }
  return entry;
}

}  // namespace

/// Knows the users of vpopmail by its files. See doc/plugins/auth/auth_vpopmail.md.
class AuthVpopmail final : public Plugin {
 public:
  explicit AuthVpopmail(PluginContext& ctx) : Plugin(ctx) {
    assign_ = ctx.args.text("assign", "/var/qmail/users/cdb");
    if (!assign_.starts_with('/'))
      throw ConfigError("argument assign is an absolute path, not '" + printable(assign_) + '\'');
    if (ctx.args.flag("clear_passwords", false)) return;
    ctx.skip(Hook::credentials);
    ctx.skip(Hook::auth_mechanisms);
  }

  Result on_auth_plain(Connection&, const AuthAttempt& attempt) { return judge(attempt); }
  Result on_auth_login(Connection&, const AuthAttempt& attempt) { return judge(attempt); }

  FoundCredentials on_credentials(Connection&, std::string_view user) {
    auto entry = find(user);
    if (!entry) return std::unexpected(Refusal{Verdict::denysoft, entry.error().what});
    if (!*entry) return std::nullopt;
    if (!(*entry)->may_send) return Credentials();  // the exchange is played to its end
    return std::move((*entry)->stored.credentials);
  }
  Lines on_auth_mechanisms(Connection&) {
    return mechanisms_for({.credentials = {.password = std::string()}});
  }

  void on_check() {
    if (const auto assign = open(assign_); !assign) ctx().problem(assign.error().what);
  }

 private:
  using Found = std::expected<std::optional<Entry>, Error>;

  static std::expected<std::unique_ptr<Map>, Error> open(const std::string& path) {
    auto map = open_cdb(path);
    if (!map && map.error().code == Errc::not_found)
      return std::unexpected(Error{Errc::not_found, path + ": there is no such file"});
    return map;
  }

  static std::expected<std::optional<std::string>, Error> look_up(const std::string& path,
                                                                  const std::string& name) {
    const auto map = open(path);
    if (!map) return std::unexpected(map.error());
    return (*map)->find(name);
  }

  /// Where the domain lives: what qmail-newu has made of its line in users/assign,
  /// `+DOMAIN-:REAL:UID:GID:DIRECTORY:-::`. None for a domain that is not there. Errors: io,
  /// not_found, config.
  std::expected<std::optional<std::string>, Error> directory_of(const std::string& domain) const {
    constexpr std::size_t directory = 3;
    const auto entry = look_up(assign_, '!' + domain + '-');
    if (!entry) return std::unexpected(entry.error());
    if (!*entry) return std::nullopt;
    const auto fields = split(**entry, '\0');
    if (fields.size() <= directory || !fields[directory].starts_with('/'))
      return std::unexpected(
          Error{Errc::config, assign_ + ": the entry of " + domain + " names no directory"});
    return std::string(fields[directory]);
  }

  /// None for a user who is not there. Names are keys of the files; no path is made of them.
  /// Errors: io, not_found, config.
  Found find(std::string_view user) const {
    const std::string name = lower(user);
    const auto at = name.rfind('@');
    if (at == name.npos || at == 0) return std::nullopt;
    const auto directory = directory_of(name.substr(at + 1));
    if (!directory) return std::unexpected(directory.error());
    if (!*directory) return std::nullopt;
    const std::string path = **directory + "/vpasswd.cdb";
    const auto line = look_up(path, name.substr(0, at));
    if (!line) return std::unexpected(line.error());
    if (!*line) return std::nullopt;
    auto entry = parse_line(**line);
    if (!entry) return std::unexpected(Error{entry.error().code, path + ": " + entry.error().what});
    return *std::move(entry);
  }

  Result judge(const AuthAttempt& attempt) {
    const auto entry = find(attempt.user);
    if (!entry) return denysoft(entry.error().what);
    if (!*entry) return declined("no such user");
    if (!(*entry)->may_send) return deny("the user may not use SMTP");
    return check_password(ctx(), (*entry)->stored, attempt.password.value_or(""));
  }

  std::string assign_;
};

SMTPD_PLUGIN(AuthVpopmail, "auth/auth_vpopmail", auth_plain, auth_login, auth_mechanisms,
             credentials, check)

}  // namespace smtpd
