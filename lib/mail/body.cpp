#include "lib/mail/body.hpp"

#include <sys/sendfile.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "lib/base/file.hpp"

namespace smtpd {
namespace {

constexpr std::size_t write_size = 128 * 1024;

/// Why a call that reads from the spool file returned `got`, which is not positive.
Error spool_error(ssize_t got, std::string what) {
  if (got == 0) return {Errc::io, "the spool file is shorter than what was written to it"};
  return system_error(std::move(what));
}

}  // namespace

Body::Body(std::size_t threshold, OpenSpool open_spool)
    : threshold_(threshold), open_spool_(std::move(open_spool)) {}

std::expected<void, Error> Body::spill() {
  if (const auto written = write_all(file_.get(), memory_); !written) return written;
  spooled_ += memory_.size();
  memory_.clear();
  return {};
}

std::expected<void, Error> Body::append(std::string_view text) {
  memory_ += text;
  if (file_) return memory_.size() < write_size ? std::expected<void, Error>() : spill();
  if (memory_.size() <= threshold_ || !open_spool_) return {};
  auto file = open_spool_();
  if (!file) return std::unexpected(std::move(file.error()));
  file_ = std::move(*file);
  return spill();
}

// A function of its own: a frame of this size touches every page of it, also for a message in
// memory.
std::expected<bool, Error> Body::each_spooled(
    const std::function<bool(std::string_view)>& sink) const {
  std::array<char, 65536> buffer;
  for (std::uint64_t at = 0; at < spooled_;) {
    const ssize_t got = ::pread(file_.get(), buffer.data(), buffer.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::unexpected(spool_error(got, "read the spool file"));
    if (!sink({buffer.data(), static_cast<std::size_t>(got)})) return false;
    at += static_cast<std::uint64_t>(got);
  }
  return true;
}

std::expected<void, Error> Body::each_piece(
    const std::function<bool(std::string_view)>& sink) const {
  if (file_) {
    const auto more = each_spooled(sink);
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
  }
  sink(memory_);
  return {};
}

std::expected<void, Error> Body::write_to(int fd) const {
  off_t at = 0;
  while (file_ && static_cast<std::uint64_t>(at) < spooled_) {
    const ssize_t sent =
        ::sendfile(fd, file_.get(), &at, spooled_ - static_cast<std::uint64_t>(at));
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && at == 0 && errno == EINVAL)
      return copy_to(fd);  // such as a file opened with O_APPEND
    if (sent <= 0) return std::unexpected(spool_error(sent, "copy from the spool file"));
  }
  return write_all(fd, memory_);
}

std::expected<void, Error> Body::copy_to(int fd) const {
  std::expected<void, Error> written;
  const auto read = each_piece([&](std::string_view piece) {
    written = write_all(fd, piece);
    return written.has_value();
  });
  return read ? written : read;
}

}  // namespace smtpd
