#include "lib/io/sweep.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "lib/base/directory.hpp"
#include "lib/base/text.hpp"
#include "lib/base/unique_fd.hpp"
#include "lib/io/temp.hpp"

namespace smtpd::io {
namespace {

constexpr std::size_t most_names = 10'000, most_removals = 1'000;

WallTime changed(const struct stat& info) {
  return WallTime(std::chrono::duration_cast<WallTime::duration>(
      seconds(info.st_mtim.tv_sec) + std::chrono::nanoseconds(info.st_mtim.tv_nsec)));
}

bool remove_entry(int directory, const char* name, const Leftovers& leftovers) {
  struct stat info{};
  if (::fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
      changed(info) >= leftovers.before)
    return false;
  if (S_ISREG(info.st_mode)) return ::unlinkat(directory, name, 0) == 0;
  if (!S_ISDIR(info.st_mode) || leftovers.kinds == Sweep::files) return false;
  {
    const TempPath tree(leftovers.directory + '/' + name);
  }
  return ::fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) != 0;
}

}  // namespace

bool sweep_is_due(const Clock& clock) {
  constexpr int one_in = 100;
  const auto now = std::chrono::floor<milliseconds>(clock.wall().time_since_epoch());
  return now.count() % one_in == 0;
}

std::optional<std::string_view> rest_behind(std::string_view name, std::string_view form) {
  for (const char c : form) {
    std::size_t taken = 1;
    if (c == '#')
      taken = static_cast<std::size_t>(std::ranges::find_if_not(name, is_digit) - name.begin());
    else if (!name.starts_with(c))
      return {};
    if (taken == 0) return {};
    name.remove_prefix(taken);
  }
  return name;
}

std::size_t sweep(const Leftovers& leftovers) {
  const UniqueFd fd(
      ::open(leftovers.directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return 0;
  const auto names = names_in(fd.get(), most_names);
  if (!names) return 0;
  std::size_t removed = 0;
  for (const std::string& name : *names) {
    if (removed >= most_removals) break;
    if (leftovers.is_ours(name) && remove_entry(fd.get(), name.c_str(), leftovers)) ++removed;
  }
  return removed;
}

}  // namespace smtpd::io
