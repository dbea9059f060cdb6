#include "lib/base/file.hpp"

#include <sys/stat.h>
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

// Pipes, sockets and terminals have no places. A device may have them, and no end.
ssize_t read_of_regular(int fd, char* into, std::size_t size, std::size_t place) {
  struct stat info{};
  if (place > 0 && ::fstat(fd, &info) == 0 && !S_ISREG(info.st_mode)) {
    errno = ESPIPE;
    return -1;
  }
  return ::pread(fd, into, size, static_cast<off_t>(place));
}

/// Octets, less than `size` at the end.
std::expected<std::size_t, Error> read_piece(int fd, std::span<char> into, std::size_t place,
                                             ReadCall call) {
  while (true) {
    const ssize_t got = call(fd, into.data(), into.size(), place);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == ESPIPE) return std::unexpected(not_regular());
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

std::expected<std::string, Error> read_regular(int fd) {
  return read_pieces(fd, SIZE_MAX, read_of_regular);
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
