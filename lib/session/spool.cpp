#include "lib/session/spool.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <charconv>

#include "lib/base/text.hpp"
#include "lib/io/temp.hpp"

namespace smtpd {
namespace {

std::optional<unsigned> to_octal(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
  if (error != std::errc() || end != text.data() + text.size() || value > 07777) return {};
  return value;
}

}  // namespace

std::expected<std::string, Error> Spool::find() {
  const auto configured = config_.value("spool_dir");
  if (!configured) return std::unexpected(configured.error());
  if (*configured) return **configured;
  for (const char* name : {"HOME", "LOGDIR"}) {
    const auto home = environment_.get(name);
    if (home && !home->empty()) return std::string(*home) + "/tmp";
  }
  return std::unexpected(
      Error{Errc::config, "there is no spool directory: config spool_dir is not set, nor is HOME"});
}

std::expected<std::string, Error> Spool::directory() {
  if (directory_) return *directory_;
  auto path = find();
  if (!path) return path;
  while (path->size() > 1 && path->ends_with('/')) path->pop_back();
  const auto perms_text = config_.value("spool_perms");
  if (!perms_text) return std::unexpected(perms_text.error());
  const auto perms = to_octal(perms_text->value_or("0700"));
  if (!perms) {
    return std::unexpected(
        Error{Errc::config, "config spool_perms is an octal number, not '" + **perms_text + '\''});
  }
  struct stat info{};
  if (::stat(path->c_str(), &info) != 0) {
    if (errno != ENOENT || ::mkdir(path->c_str(), *perms) != 0)
      return std::unexpected(system_error("spool_dir " + *path));
    ::chmod(path->c_str(), *perms);  // whatever the umask took away
  } else if (!S_ISDIR(info.st_mode)) {
    return std::unexpected(Error{Errc::config, "spool_dir " + *path + " is no directory"});
  } else if ((info.st_mode & 07777) != *perms) {
    log_.log(Level::warn,
             "Permissions on spool_dir " + *path + " are not " + perms_text->value_or("0700"));
  }
  directory_ = *path;
  return path;
}

std::expected<UniqueFd, Error> Spool::open() {
  const auto path = directory();
  if (!path) return std::unexpected(path.error());
  log_.log(Level::info, "spooling message to disk");
  return io::open_unlinked(*path);
}

std::optional<std::uint64_t> Spool::free_space() {
  const auto path = directory();
  struct statvfs info{};
  if (!path || ::statvfs(path->c_str(), &info) != 0) return {};
  return std::uint64_t{info.f_bavail} * info.f_frsize;
}

void Spool::sweep(WallTime before) {
  const auto path = find();
  if (!path) return;
  if (const std::size_t removed = io::sweep_temporary(*path, before); removed > 0)
    log_.log(Level::notice, "removed " + std::to_string(removed) +
                                " old entries that killed processes have left in " + *path);
}

}  // namespace smtpd
