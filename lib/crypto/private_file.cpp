#include "lib/crypto/private_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "lib/base/directory.hpp"
#include "lib/base/unique_fd.hpp"
#include "lib/io/temp.hpp"

namespace smtpd {

std::expected<std::string, Error> read_private_file(const std::string& path, std::size_t most) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd && errno == ENOENT) return std::string();
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0) return std::unexpected(system_error(path));
  if (!S_ISREG(info.st_mode) || (info.st_mode & 077) != 0 || info.st_uid != ::geteuid()) {
    return std::unexpected(
        Error{Errc::permission, path + " is not used: it has to be this user's alone, mode 0600"});
  }
  std::string octets(most, '\0');
  const ssize_t got = ::read(fd.get(), octets.data(), octets.size());
  if (got < 0) return std::unexpected(system_error(path));
  octets.resize(static_cast<std::size_t>(got));
  return octets;
}

std::expected<void, Error> write_private_file(const std::string& path, std::string_view octets,
                                              Existing existing) {
  const std::string directory = path.substr(0, path.rfind('/'));
  auto made = io::make_temp_file(directory);
  if (!made) return std::unexpected(made.error());
  const io::TempPath file(std::move(*made));
  const UniqueFd fd(::open(file.path().c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd || ::write(fd.get(), octets.data(), octets.size()) != static_cast<ssize_t>(octets.size()))
    return std::unexpected(system_error(file.path()));
  if (existing == Existing::stays) {
    errno = move_without_replacing(file.path(), AT_FDCWD, path);
    if (errno == 0 || errno == EEXIST) return {};
  } else if (::renameat2(AT_FDCWD, file.path().c_str(), AT_FDCWD, path.c_str(), 0) == 0) {
    return {};
  }
  return std::unexpected(system_error(path));
}

namespace {

std::expected<std::string, Error> renewed(const SharedFile& file, std::string_view octets,
                                          Existing existing) {
  const auto next = file.renew(octets);
  if (!next) return next;
  if (const auto written = write_private_file(file.path, *next, existing); !written)
    return std::unexpected(written.error());
  return read_private_file(file.path, file.most);
}

}  // namespace

std::expected<std::string, Error> read_shared(const SharedFile& file) {
  auto octets = read_private_file(file.path, file.most);
  if (octets && octets->empty()) octets = renewed(file, *octets, Existing::stays);
  if (!octets || file.is_good(*octets)) return octets;
  // The lock is on the old file, and goes with the process that has it.
  const UniqueFd old(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!old || ::flock(old.get(), LOCK_EX | LOCK_NB) != 0) return octets;
  // Somebody who had the lock before may have put another file in its place.
  octets = read_private_file(file.path, file.most);
  if (!octets || file.is_good(*octets)) return octets;
  return renewed(file, *octets, Existing::goes);
}

std::expected<std::string, Error> lasting_key(const std::string& path, Crypto& crypto) {
  constexpr std::size_t size = 32;
  auto key = read_shared({.path = path,
                          .most = size,
                          .is_good = [](std::string_view octets) { return octets.size() == size; },
                          .renew = [&](std::string_view) { return crypto.random(size); }});
  if (!key || key->size() == size) return key;
  return std::unexpected(Error{Errc::io, path + " does not keep what is written"});
}

}  // namespace smtpd
