#include "lib/base/file.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace smtpd {
namespace {

/// Octets, less than `size` at the end.
std::expected<std::size_t, Error> read_piece(int fd, char* into, std::size_t size) {
  while (true) {
    const ssize_t got = ::read(fd, into, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return std::unexpected(system_error("read"));
  }
}

}  // namespace

std::expected<std::string, Error> read_whole(int fd, std::size_t most) {
  // Most files are small, and every page that is touched costs a fault.
  std::array<char, 1024> first;
  auto got = read_piece(fd, first.data(), first.size());
  if (!got) return std::unexpected(std::move(got.error()));
  std::string text(first.data(), *got);
  // A short read of a regular file is its end.
  for (std::size_t wanted = first.size(); *got == wanted && text.size() <= most;) {
    constexpr std::size_t least = 16 * 1024;
    const std::size_t size = text.size();
    wanted = std::max(least, size);
    text.resize(size + wanted);
    got = read_piece(fd, text.data() + size, wanted);
    if (!got) return std::unexpected(std::move(got.error()));
    text.resize(size + *got);
  }
  if (text.size() > most)
    return std::unexpected(
        Error{Errc::limit, "is larger than " + std::to_string(most) + " octets"});
  return text;
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
