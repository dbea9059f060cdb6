#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <expected>

#include "lib/base/file.hpp"
#include "lib/base/text.hpp"
#include "lib/base/unique_fd.hpp"
#include "lib/plugin/plugin.hpp"

namespace smtpd {
namespace {

constexpr std::size_t most_octets = 1 << 20;  // of a user's file

/// What may be a part of a path although the network or a plugin named it.
bool is_safe(std::string_view part) {
  constexpr std::size_t longest = 255;  // NAME_MAX
  return !part.empty() && part.size() <= longest && !part.starts_with('.') &&
         std::ranges::none_of(part, [](char c) { return c == '/' || is_control(c); });
}

std::string checked_pattern(std::string_view pattern) {
  if (!pattern.starts_with('/'))
    throw ConfigError("the directory begins with a slash, unlike '" + printable(pattern) + '\'');
  for (std::size_t at = 0; (at = pattern.find('%', at)) != pattern.npos; at += 2) {
    const std::string_view code = pattern.substr(at + 1, 1);
    if (code.empty() || std::string_view("uha%").find(code) == std::string_view::npos) {
      throw ConfigError("the directory knows %u, %h, %a and %%, unlike '" + printable(pattern) +
                        '\'');
    }
  }
  return std::string(pattern);
}

/// The whole file; none if there is none. Errors: io, permission, config.
std::expected<std::optional<std::string>, Error> read_file(const std::string& path) {
  // A user can put anything there: a link to what only the server may read, a FIFO that never ends.
  const UniqueFd fd(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW));
  struct stat info{};
  if (!fd) {
    const bool absent = errno == ENOENT || errno == ENOTDIR;
    // A home that the server may not enter has no configuration for it.
    const bool closed =
        errno == EACCES && ::fstatat(AT_FDCWD, path.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0;
    if (absent || closed) return std::nullopt;
    return std::unexpected(system_error("open " + path));
  }
  if (::fstat(fd.get(), &info) != 0) return std::unexpected(system_error("stat " + path));
  if (S_ISDIR(info.st_mode)) return std::nullopt;
  if (!S_ISREG(info.st_mode))
    return std::unexpected(Error{Errc::config, path + " is no regular file"});
  auto text = read_whole(fd.get(), most_octets);
  if (!text && text.error().code == Errc::limit)
    return std::unexpected(Error{Errc::config, path + ' ' + text.error().what});
  if (!text) return std::unexpected(Error{Errc::io, path + ": " + text.error().what});
  return *std::move(text);
}

}  // namespace

/// Answers configuration keys for one sender or recipient from files in that user's directory. See
/// doc/plugins/user_config.md.
class UserConfig final : public Plugin {
 public:
  explicit UserConfig(PluginContext& ctx)
      : Plugin(ctx),
        pattern_(checked_pattern(ctx.args.positional().value_or("/home/%u/.qpsmtpd"))) {}

  std::optional<Lines> on_user_config(const Address& user, std::string_view key) {
    const auto directory = directory_of(user);
    if (!directory || !is_safe(key)) return {};
    const auto text = read_file(*directory + '/' + std::string(key));
    if (!text) throw ConfigError(text.error().what);
    if (!*text) return {};
    Lines lines;
    for (const std::string_view line : split(**text, '\n')) {
      const std::string_view value = trim(line);
      if (!value.empty() && !value.starts_with('#')) lines.emplace_back(value);
    }
    return lines;
  }

 private:
  /// The user's directory; none for an address that could lead elsewhere.
  std::optional<std::string> directory_of(const Address& user) const {
    if (user.is_null()) return {};
    const std::string name = lower(user.user());
    const std::string host = lower(user.host_or(ctx().me()));
    std::string path;
    for (std::size_t i = 0; i < pattern_.size(); ++i) {
      if (pattern_[i] != '%') {
        path += pattern_[i];
        continue;
      }
      const char code = pattern_[++i];
      const std::string part = code == 'u'   ? name
                               : code == 'h' ? host
                               : code == 'a' ? name + '@' + host
                                             : std::string(1, '%');
      if (!is_safe(part)) return {};
      path += part;
    }
    return path;
  }

  std::string pattern_;
};

SMTPD_PLUGIN(UserConfig, "user_config", user_config)

}  // namespace smtpd
