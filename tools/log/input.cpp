#include "tools/log/input.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstring>

namespace smtpd::log_tool {

LogInput::LogInput(std::string name, UniqueFd fd)
    : name_(std::move(name)), fd_(std::move(fd)), buffer_(std::make_unique<char[]>(size)) {}

std::expected<LogInput, Error> LogInput::open(const std::string& name) {
  UniqueFd fd(name == "-" ? ::dup(STDIN_FILENO) : ::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::unexpected(system_error(name));
  return LogInput(name, std::move(fd));
}

std::expected<bool, Error> LogInput::fill() {
  std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  while (true) {
    const ssize_t got = ::read(fd_.get(), buffer_.get() + end_, size - end_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(system_error(name_));
    end_ += static_cast<std::size_t>(got);
    return got > 0;
  }
}

// The rest of a line that was cut.
std::expected<void, Error> LogInput::skip() {
  while (skips_) {
    const void* const found = std::memchr(buffer_.get() + begin_, '\n', end_ - begin_);
    if (found) {
      begin_ = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.get()) + 1;
      skips_ = false;
      return {};
    }
    begin_ = end_;
    const auto more = fill();
    if (!more) return std::unexpected(more.error());
    skips_ = *more;
  }
  return {};
}

std::expected<std::optional<std::string_view>, Error> LogInput::line() {
  if (const auto skipped = skip(); !skipped) return std::unexpected(skipped.error());
  for (std::size_t searched = 0;;) {
    const char* const from = buffer_.get() + begin_;
    const void* const found = std::memchr(from + searched, '\n', end_ - begin_ - searched);
    if (found) {
      const auto length = static_cast<std::size_t>(static_cast<const char*>(found) - from);
      begin_ += length + 1;
      return std::string_view(from, length);
    }
    searched = end_ - begin_;
    skips_ = searched == size;
    const auto more = skips_ ? false : fill();
    if (!more) return std::unexpected(more.error());
    if (*more) continue;
    if (searched == 0) return std::nullopt;
    begin_ = end_;
    return std::string_view(buffer_.get() + end_ - searched, searched);
  }
}

}  // namespace smtpd::log_tool
