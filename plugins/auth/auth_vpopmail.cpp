#include <algorithm>
#include <cstdint>

#include "lib/base/text.hpp"
#include "lib/services/map.hpp"
#include "plugins/auth/vpopmail_store.hpp"

namespace smtpd {
namespace {

/// A user's line of vpasswd behind the name: PASSWORD:UID:GID:GECOS:DIRECTORY:QUOTA[:CLEAR], where
/// GID has flags. Errors: config.
std::expected<StoredPassword, Error> parse_line(std::string_view line) {
  constexpr std::uint64_t no_smtp = 0x800;  // vmoduser -s
  constexpr std::size_t hash = 0, flags = 2, quota = 5, count = 6;
  while (line.ends_with('\n') || line.ends_with('\0')) line.remove_suffix(1);
  const auto fields = split(line, ':');
  const auto bits = fields.size() < count ? std::nullopt : to_number(fields[flags]);
  if (!bits) return std::unexpected(Error{Errc::config, "that is no line of vpasswd"});
  StoredPassword stored;
  if ((*bits & no_smtp) != 0) stored.barred = "the user may not use SMTP";
  if (!fields[hash].empty()) stored.hash = std::string(fields[hash]);
  // A password in clear may have colons: it is all of the rest.
  if (fields.size() > count) {
    const auto begin = static_cast<std::size_t>(fields[quota].end() - line.begin()) + 1;
    if (begin < line.size()) stored.credentials.password = std::string(line.substr(begin));
  }
  return stored;
}

}  // namespace

/// Knows the users of vpopmail by its files. See doc/plugins/auth/auth_vpopmail.md.
class AuthVpopmail final : public VpopmailStore {
 public:
  explicit AuthVpopmail(PluginContext& ctx) : VpopmailStore(ctx) {
    assign_ = ctx.args.text("assign", "/var/qmail/users/cdb");
    if (!assign_.starts_with('/'))
      throw ConfigError("argument assign is an absolute path, not '" + printable(assign_) + '\'');
  }

  void on_check() {
    if (const auto assign = open(assign_); !assign) ctx().problem(assign.error().what);
  }

 private:
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

  /// Names are keys of the files; no path is made of them. Errors: io, not_found, config.
  FoundPassword find_mailbox(const std::string& name, const std::string& domain) override {
    const auto directory = directory_of(domain);
    if (!directory) return std::unexpected(directory.error());
    if (!*directory) return std::nullopt;
    const std::string path = **directory + "/vpasswd.cdb";
    const auto line = look_up(path, name);
    if (!line) return std::unexpected(line.error());
    if (!*line) return std::nullopt;
    auto stored = parse_line(**line);
    if (!stored)
      return std::unexpected(Error{stored.error().code, path + ": " + stored.error().what});
    return *std::move(stored);
  }

  std::string assign_;
};

SMTPD_PLUGIN(AuthVpopmail, "auth/auth_vpopmail", password, credentials, auth_mechanisms, check)

}  // namespace smtpd
