#include "lib/base/file.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <span>

namespace smtpd {
namespace {

/// A read(2) of the octets that stand at `place`.
using ReadCall = ssize_t (*)(int fd, char* into, std::size_t size, std::size_t place);

ssize_t read_at(int fd, char* into, std::size_t size, std::size_t place) {
  return ::pread(fd, into, size, static_cast<off_t>(place));
}

/// A directory too, whose reading fails with a reason of its own.
bool may_be_read(int fd) {
  constexpr unsigned memory = 1, null = 3;  // the numbers of /dev/null, whatever it is called
  struct stat info{};
  if (::fstat(fd, &info) != 0 || S_ISREG(info.st_mode) || S_ISDIR(info.st_mode)) return true;
  return S_ISCHR(info.st_mode) && info.st_rdev == makedev(memory, null);
}

/// Octets, less than `size` at the end.
std::expected<std::size_t, Error> read_piece(int fd, std::span<char> into, std::size_t place,
                                             ReadCall call) {
  while (true) {
    const ssize_t got = call(fd, into.data(), into.size(), place);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return std::unexpected(system_error("read"));
  }
}

std::expected<std::string, Error> read_pieces(int fd, std::size_t most, ReadCall call) {
  // Most files are small, and every page that is touched costs a fault.
  std::array<char, 1024> first;
  auto got = read_piece(fd, first, 0, call);
  if (!got) return std::unexpected(std::move(got.error()));
  std::string text(first.data(), *got);
  // A short read of a regular file is its end.
  for (std::size_t wanted = first.size(); *got == wanted && text.size() <= most;) {
    constexpr std::size_t least = 16 * 1024;
    const std::size_t size = text.size();
    wanted = std::max(least, size);
    text.resize_and_overwrite(size + wanted, [&](char* octets, std::size_t) {
      got = read_piece(fd, {octets + size, wanted}, size, call);
      return size + got.value_or(0);
    });
    if (!got) return std::unexpected(std::move(got.error()));
  }
  if (text.size() > most)
    return std::unexpected(
        Error{Errc::limit, "is larger than " + std::to_string(most) + " octets"});
  return text;
}

}  // namespace

Error not_regular() { return {Errc::io, "that is no regular file"}; }

std::expected<std::string, Error> read_whole(int fd, std::size_t most) {
  return read_pieces(fd, most, [](int from, char* into, std::size_t size, std::size_t) {
    return ::read(from, into, size);
  });
}

std::expected<std::string, Error> read_regular(int fd, std::size_t most) {
  // A device may give a few octets that look like a whole file (/dev/kmsg).
  if (!may_be_read(fd)) return std::unexpected(not_regular());
  return read_pieces(fd, most, read_at);
}

std::expected<void, Error> write_all(int fd, std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t written = ::write(fd, octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return std::unexpected(system_error("write"));
    octets.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace smtpd
