#include "lib/crypto/ticket_keys.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string_view>

#include "lib/base/unique_fd.hpp"
#include "lib/io/temp.hpp"

namespace smtpd {
namespace {

constexpr std::chrono::hours lifetime{12};
constexpr std::size_t most_keys = 3;
constexpr std::size_t time_size = 8;  // seconds since 1970, the lowest octet first
constexpr std::size_t entry_size = time_size + ticket_key_size;

std::string octets_of(std::int64_t time) {
  std::string octets;
  for (std::size_t i = 0; i < time_size; ++i)
    octets += static_cast<char>(static_cast<std::uint64_t>(time) >> (8 * i) & 0xff);
  return octets;
}

std::int64_t time_of(std::string_view octets) {
  std::uint64_t time = 0;
  for (std::size_t i = time_size; i-- > 0;)
    time = time << 8 | static_cast<unsigned char>(octets[i]);
  return static_cast<std::int64_t>(time);
}

/// Entries of a time and a key; empty if there is no file, or one that was cut.
std::expected<std::string, Error> read_entries(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd && errno == ENOENT) return std::string();
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0) return std::unexpected(system_error(path));
  if (!S_ISREG(info.st_mode) || (info.st_mode & 077) != 0 || info.st_uid != ::geteuid()) {
    return std::unexpected(
        Error{Errc::permission, path + " is not used: it has to be this user's alone, mode 0600"});
  }
  std::string entries(most_keys * entry_size, '\0');
  const ssize_t got = ::read(fd.get(), entries.data(), entries.size());
  if (got < 0) return std::unexpected(system_error(path));
  const auto size = static_cast<std::size_t>(got);
  entries.resize(size - size % entry_size);
  return entries;
}

// The whole file or none: several processes may do it at the same time, and the last one stays.
std::expected<void, Error> write_entries(const std::string& path, std::string_view entries) {
  auto made = io::make_temp_file(path.substr(0, path.rfind('/')));
  if (!made) return std::unexpected(made.error());
  const io::TempPath file(std::move(*made));
  const UniqueFd fd(::open(file.path().c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd ||
      ::write(fd.get(), entries.data(), entries.size()) != static_cast<ssize_t>(entries.size()))
    return std::unexpected(system_error(file.path()));
  if (::renameat2(AT_FDCWD, file.path().c_str(), AT_FDCWD, path.c_str(), 0) != 0)
    return std::unexpected(system_error(path));
  return {};
}

}  // namespace

std::expected<std::vector<std::string>, Error> ticket_keys(const std::string& path, Crypto& crypto,
                                                           const Clock& clock) {
  auto entries = read_entries(path);
  if (!entries) return std::unexpected(entries.error());
  const seconds now = std::chrono::floor<seconds>(clock.wall().time_since_epoch());
  const seconds made(entries->empty() ? 0 : time_of(*entries));
  // A time to come is that of a clock that was wrong.
  if (entries->empty() || now - made >= lifetime || made > now) {
    const auto key = crypto.random(ticket_key_size);
    if (!key) return std::unexpected(key.error());
    entries->insert(0, octets_of(now.count()) + *key);
    entries->resize(std::min(entries->size(), most_keys * entry_size));
    if (const auto written = write_entries(path, *entries); !written)
      return std::unexpected(written.error());
  }
  std::vector<std::string> keys;
  for (std::size_t at = 0; at < entries->size(); at += entry_size)
    keys.push_back(entries->substr(at + time_size, ticket_key_size));
  return keys;
}

}  // namespace smtpd
