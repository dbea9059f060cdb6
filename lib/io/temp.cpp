#include "lib/io/temp.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <string_view>

#include "lib/base/directory.hpp"
#include "lib/io/sweep.hpp"

namespace smtpd::io {
namespace {

constexpr int name_attempts =
    16;  // a name that is taken is bad luck; sixteen of them are an attack or a full disk

/// qpsmtpd's TIME:PID:COUNTER, with a random number in place of the counter that others could
/// guess.
std::string unique_name() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  std::uint64_t random = 0;
  if (::getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
    random = static_cast<std::uint64_t>(now.tv_nsec) * 2654435761U;
  return std::to_string(now.tv_sec) + ':' + std::to_string(::getpid()) + ':' +
         std::to_string(random);
}

/// Removes the directory `name` of `parent` with all in it; links are removed, not followed.
void remove_tree(int parent, const char* name, int depth) {
  constexpr int deepest = 64;  // nobody makes such a tree but to make this end badly
  const UniqueFd fd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return;
  for (const std::string& each : names_in(fd.get()).value_or(Names())) {
    if (::unlinkat(fd.get(), each.c_str(), 0) != 0 && depth < deepest)
      remove_tree(fd.get(), each.c_str(), depth + 1);
  }
  ::unlinkat(parent, name, AT_REMOVEDIR);
}

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
    remove_tree(AT_FDCWD, path_.c_str(), 0);
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
