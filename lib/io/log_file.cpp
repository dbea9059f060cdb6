#include "lib/io/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "lib/base/directory.hpp"
#include "lib/io/log_reader.hpp"
#include "lib/io/poll.hpp"
#include "lib/io/spawn.hpp"

namespace smtpd::io {
namespace {

constexpr milliseconds patience_for_room{250};

/// The name with the session's id in place of `%i`; other conversions stay.
std::string with_session(std::string_view name, std::string_view session) {
  std::string result;
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (name[at] != '%' || at + 1 == name.size()) {
      result += name[at];
    } else if (name[++at] == 'i') {
      result += session;
    } else {
      result.append(1, '%').append(1, name[at]);
    }
  }
  return result;
}

}  // namespace

std::string format_time(const std::string& format, WallTime when) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::array<char, 1024> buffer;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"  // it is the administrator's
  return {buffer.data(), std::strftime(buffer.data(), buffer.size(), format.c_str(), &local)};
#pragma GCC diagnostic pop
}

LogFile::~LogFile() {
  fd_.reset();
  if (program_ >= 0) leave_log_reader(program_);
}

std::expected<void, Error> LogFile::open(std::string_view session) {
  const WallTime now = clock_.wall();
  const std::time_t second = std::chrono::system_clock::to_time_t(now);
  const bool looks = !tried_ || (second != looked_at_ && !(target_.keeps_name && fd_));
  if (looks) {
    looked_at_ = second;
    std::string name = format_time(with_session(target_.name, session), now);
    if (!tried_ || name != name_) {
      tried_ = true;
      name_ = std::move(name);
      cut_ = false;
      // A named pipe that nobody reads must not hold the mail.
      fd_.reset(::open(name_.c_str(),
                       O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640));
      if (!fd_) return std::unexpected(system_error("open " + name_));
    }
  }
  if (fd_) return {};
  return std::unexpected(Error{Errc::io, "open " + name_ + " has failed"});
}

std::expected<void, Error> LogFile::start() {
  if (fd_) return {};
  if (std::exchange(tried_, true))
    return std::unexpected(Error{Errc::io, target_.name + " does not run"});
  auto reader = start_log_reader(target_.name, target_.arguments);
  if (!reader) return std::unexpected(reader.error());
  program_ = reader->pid;
  fd_ = std::move(reader->input);
  name_ = target_.name;
  return {};
}

std::string LogFile::why_not_writable() const {
  if (target_.is_program) return why_not_runnable(target_.name);
  const std::string name = format_time(with_session(target_.name, "session"), clock_.wall());
  if (const auto info = status_of(name); info) {
    if (S_ISDIR(info->st_mode)) return name + " is a directory";
    return ::access(name.c_str(), W_OK) == 0 ? "" : system_error(name).what;
  }
  const auto slash = name.rfind('/');
  const std::string directory =
      slash == name.npos ? "." : name.substr(0, std::max<std::size_t>(slash, 1));
  return ::access((directory + "/.").c_str(), W_OK | X_OK) == 0 ? "" : system_error(directory).what;
}

bool LogFile::wait_for_room() {
  if (stuck_) return false;
  pollfd entry{fd_.get(), POLLOUT, 0};
  stuck_ = poll_for(&entry, patience_for_room) <= 0;
  return !stuck_;
}

std::expected<void, Error> LogFile::append(std::string_view line, std::string_view session) {
  if (auto ready = target_.is_program ? start() : open(session); !ready) return ready;
  std::string whole(cut_ ? "\n" : "");
  whole.append(line).append("\n");
  std::string_view rest = whole;
  while (!rest.empty()) {
    const ssize_t written = ::write(fd_.get(), rest.data(), rest.size());
    if (written > 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    if (written == 0) errno = EIO;
    if (errno == EINTR || (errno == EAGAIN && wait_for_room())) continue;
    cut_ = cut_ || rest.size() < whole.size();
    return std::unexpected(system_error("write " + name_));
  }
  cut_ = false;
  return {};
}

}  // namespace smtpd::io
