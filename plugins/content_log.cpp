#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <expected>

#include "lib/base/text.hpp"
#include "lib/base/unique_fd.hpp"
#include "lib/base/utc.hpp"
#include "lib/io/poll.hpp"
#include "lib/plugin/plugin.hpp"

namespace smtpd {
namespace {

/// `pattern` as strftime(3) fills it in, in UTC; empty if that is nothing, or too long.
std::string filled_in(const std::string& pattern, WallTime when) {
  constexpr std::size_t longest = 4096;
  const std::tm parts = utc(when);
  std::string name(longest, '\0');
// The pattern is the administrator's.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  name.resize(std::strftime(name.data(), name.size(), pattern.c_str(), &parts));
#pragma GCC diagnostic pop
  return name;
}

/// Waits for the lock that every writer of the file takes, but not for ever: one of them may be
/// stopped.
std::expected<void, Error> lock(int fd, const std::string& path) {
  constexpr int tries = 500;
  constexpr milliseconds pause{20};
  for (int i = 0; i < tries; ++i) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return {};
    if (errno != EWOULDBLOCK && errno != EINTR)
      return std::unexpected(system_error("lock " + path));
    io::poll_for(nullptr, pause);
  }
  return std::unexpected(Error{Errc::timeout, "lock " + path + ": another process holds it"});
}

/// -1, with errno, if it cannot be opened.
int open_or_make(const std::string& path) {
  // Without O_NONBLOCK a FIFO of that name would hold the session up.
  constexpr int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  const int fd = ::open(path.c_str(), flags, 0600);
  if (fd >= 0 || errno != ENOENT) return fd;
  for (auto slash = path.find('/', 1); slash != path.npos; slash = path.find('/', slash + 1))
    ::mkdir(path.substr(0, slash).c_str(), 0700);
  return ::open(path.c_str(), flags, 0600);
}

std::expected<UniqueFd, Error> open_for_append(const std::string& path) {
  UniqueFd fd(open_or_make(path));
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0) return std::unexpected(system_error("open " + path));
  if (!S_ISREG(info.st_mode))
    return std::unexpected(Error{Errc::config, "open " + path + ": it is no regular file"});
  return fd;
}

}  // namespace

/// Appends a copy of each message to a file. See doc/plugins/content_log.md.
class ContentLog final : public Plugin {
 public:
  using Plugin::Plugin;

  Result on_data_post(Transaction& txn) {
    if (!enabled() || ctx().rehearses("append the message to " + name())) return declined();
    const auto file = append(txn);
    if (!file) {
      log(Level::error, "error, the message has no copy and is not accepted: " + file.error().what);
      return dsn::trouble("Internal error, try again later", file.error());
    }
    log(Level::info, "pass, copied to " + *file);
    return declined();
  }

  void on_check() {
    if (enabled()) static_cast<void>(name());
  }

 private:
  bool enabled() const { return ctx().config_flag("content_log_enabled", true); }

  /// The file's name for a message that comes now, as configured.
  std::string name() const {
    const std::string pattern = ctx().config_value("content_log_file").value_or("mail/%Y%m%d");
    std::string name = filled_in(pattern, ctx().clock().wall());
    if (name.empty() || name.ends_with('/'))
      throw ConfigError("content_log_file names no file: '" + printable(pattern) + '\'');
    return name;
  }

  /// Returns the path that the message was appended to.
  std::expected<std::string, Error> append(const Transaction& txn) const {
    std::string path = name();
    if (!path.starts_with('/')) {
      const auto spool = ctx().conversation().spool_directory();
      if (!spool) return spool;
      path = *spool + '/' + path;
    }
    const auto fd = open_for_append(path);
    if (!fd) return std::unexpected(fd.error());
    if (auto locked = lock(fd->get(), path); !locked) return std::unexpected(locked.error());
    struct stat before{};
    if (::fstat(fd->get(), &before) != 0) return std::unexpected(system_error("stat " + path));
    if (const auto written = txn.write_to(fd->get()); !written) {
      // A part of a message would run into the next one.
      const bool restored = ::ftruncate(fd->get(), before.st_size) == 0;
      return std::unexpected(
          Error{written.error().code, "write " + path + ": " + written.error().what +
                                          (restored ? "" : "; a part of it is in the file")});
    }
    return path;
  }
};

SMTPD_PLUGIN(ContentLog, "content_log", data_post, check)

}  // namespace smtpd
