#include "lib/io/temp.hpp"

#include <fcntl.h>
#include <ftw.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <ctime>

#include "lib/io/sweep.hpp"

namespace smtpd::io {
namespace {

constexpr int name_attempts =
    16;  // a name that is taken is bad luck; sixteen of them are an attack or a full disk

/// qpsmtpd's TIME:PID:COUNTER, with a random number in place of the counter that others could
/// guess.
std::string unique_name() {
  std::uint64_t random = 0;
  if (::getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random) {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    random = static_cast<std::uint64_t>(now.tv_nsec) * 2654435761U;
  }
  return std::to_string(::time(nullptr)) + ':' + std::to_string(::getpid()) + ':' +
         std::to_string(random);
}

int remove_entry(const char* path, const struct stat*, int, struct FTW*) { return ::remove(path); }

}  // namespace

TempPath& TempPath::operator=(TempPath&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::exchange(other.path_, {});
  }
  return *this;
}

void TempPath::remove() noexcept {
  if (path_.empty()) return;
  if (::unlink(path_.c_str()) != 0 && errno != ENOENT) {
    ::nftw(path_.c_str(), remove_entry, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
  }
  path_.clear();
}

std::expected<std::string, Error> make_temp_file(const std::string& directory) {
  for (int attempt = 0; attempt < name_attempts; ++attempt) {
    std::string path = directory + '/' + unique_name();
    const UniqueFd fd(
        ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (fd) return path;
    if (errno != EEXIST) break;
  }
  return std::unexpected(system_error("make a file in " + directory));
}

std::expected<std::string, Error> make_temp_dir(const std::string& directory, unsigned mode) {
  for (int attempt = 0; attempt < name_attempts; ++attempt) {
    std::string path = directory + '/' + unique_name();
    if (::mkdir(path.c_str(), mode) == 0) return path;
    if (errno != EEXIST) break;
  }
  return std::unexpected(system_error("make a directory in " + directory));
}

std::expected<UniqueFd, Error> open_unlinked(const std::string& directory) {
  UniqueFd fd(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd) return fd;
  // Not every file system has O_TMPFILE (EOPNOTSUPP, EISDIR on old kernels): a name for a moment
  // then.
  const auto path = make_temp_file(directory);
  if (!path) return std::unexpected(path.error());
  fd.reset(::open(path->c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return std::unexpected(system_error(*path));
  if (::unlink(path->c_str()) != 0) return std::unexpected(system_error(*path));
  return fd;
}

std::size_t sweep_temporary(const std::string& directory, WallTime before) {
  // An administrator's link to the directory is followed.
  return sweep({.directory = directory + "/.",
                .is_ours = [](std::string_view name) { return rest_behind(name, "#:#:#") == ""; },
                .kinds = Sweep::files_and_directories,
                .before = before});
}

}  // namespace smtpd::io
