#include "lib/session/spool.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <charconv>

#include "lib/base/directory.hpp"
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

std::expected<SpoolPlace, Error> find_spool(Config& config, const Environment& environment) {
  const auto configured = config.value("spool_dir");
  if (!configured) return std::unexpected(configured.error());
  SpoolPlace place;
  if (*configured) {
    place.path = **configured;
  } else {
    for (const char* name : {"HOME", "LOGDIR"}) {
      const auto home = environment.get(name);
      if (!home || home->empty()) continue;
      place = {.path = std::string(*home) + "/tmp", .variable = name};
      break;
    }
  }
  if (place.path.empty()) {
    return std::unexpected(Error{
        Errc::config, "there is no spool directory: config spool_dir is not set, nor is HOME"});
  }
  while (place.path.size() > 1 && place.path.ends_with('/')) place.path.pop_back();
  return place;
}

std::expected<unsigned, Error> spool_perms(Config& config) {
  constexpr unsigned usual = 0700;
  const auto lines = config.lines("spool_perms");
  if (!lines) return std::unexpected(lines.error());
  if ((*lines)->empty()) return usual;
  const ConfigLine& line = (*lines)->front();
  if (const auto perms = to_octal(line.text)) return *perms;
  return std::unexpected(bad_value(line, "spool_perms", "an octal number such as 0700"));
}

std::expected<std::string, Error> Spool::directory() {
  if (directory_) return *directory_;
  auto place = find_spool(config_, environment_);
  if (!place) return std::unexpected(place.error());
  const std::string& path = place->path;
  const auto perms = spool_perms(config_);
  if (!perms) return std::unexpected(perms.error());
  const auto info = status_of(path);
  if (!info) {
    if (errno != ENOENT || ::mkdir(path.c_str(), *perms) != 0)
      return std::unexpected(system_error("spool_dir " + path));
    ::chmod(path.c_str(), *perms);  // whatever the umask took away
  } else if (!S_ISDIR(info->st_mode)) {
    return std::unexpected(Error{Errc::config, "spool_dir " + path + " is no directory"});
  } else if ((info->st_mode & 07777) != *perms) {
    log_.log(Level::warn, "Permissions on spool_dir " + path + " are not " + octal(*perms, 4));
  }
  directory_ = path;
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
  const auto place = find_spool(config_, environment_);
  if (!place) return;
  if (const std::size_t removed = io::sweep_temporary(place->path, before); removed > 0)
    log_.log(Level::notice, "removed " + std::to_string(removed) +
                                " old entries that killed processes have left in " + place->path);
}

}  // namespace smtpd
