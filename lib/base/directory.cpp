#include "lib/base/directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>

#include "lib/base/unique_fd.hpp"

namespace smtpd {

std::optional<struct stat> status_of(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return {};
  return info;
}

std::string why_not_writable(std::string directory) {
  while (true) {
    if (directory.empty()) directory = ".";
    const auto info = status_of(directory);
    if (info && !S_ISDIR(info->st_mode)) return directory + ": Not a directory";
    if (info && ::access(directory.c_str(), W_OK | X_OK) == 0) return {};
    if (info || errno != ENOENT || directory == "/" || directory == ".")
      return system_error(directory).what;
    while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
    const auto slash = directory.rfind('/');
    directory.resize(slash == directory.npos ? 0 : std::max<std::size_t>(slash, 1));
  }
}

int move_without_replacing(const std::string& from, int directory, const std::string& name) {
  if (::renameat2(AT_FDCWD, from.c_str(), directory, name.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // The file system cannot do it in one step (NFS): a link refuses an existing name as well.
  if (::linkat(AT_FDCWD, from.c_str(), directory, name.c_str(), 0) != 0) return errno;
  ::unlink(from.c_str());
  return 0;
}

std::expected<Names, Error> names_in(int directory, std::size_t most) {
  constexpr std::size_t entries_size = 1024;  // few pages of stack: each that is touched costs
  alignas(dirent64) std::array<char, entries_size> entries;
  constexpr std::size_t usual = 16;
  Names names;
  names.reserve(usual);
  while (true) {
    const ssize_t got = ::getdents64(directory, entries.data(), entries.size());
    if (got < 0) return std::unexpected(system_error("list"));
    if (got == 0) return names;
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      const auto* const entry = reinterpret_cast<const dirent64*>(entries.data() + at);
      at += entry->d_reclen;
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (names.size() >= most) return names;
      names.emplace_back(name);
    }
  }
}

std::expected<Names, Error> names_in(const std::string& path, std::size_t most) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return std::unexpected(system_error(path));
  auto names = names_in(fd.get(), most);
  if (!names) names.error().what.insert(0, path + ": ");
  return names;
}

}  // namespace smtpd
