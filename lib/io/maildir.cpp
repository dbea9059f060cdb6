#include "lib/io/maildir.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

namespace smtpd::io {
namespace {

constexpr int name_attempts = 16;

std::expected<void, Error> sync_path(const std::string& directory) {
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return std::unexpected(system_error("fsync " + directory));
  return {};
}

/// `mkdir -p` that makes each new entry durable: a message in a directory that a crash takes away
/// is lost as well.
std::expected<void, Error> make_directories(const std::string& path, unsigned mode) {
  const auto slash = path.rfind('/');
  const std::string parent =
      slash == path.npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
  int made = ::mkdir(path.c_str(), mode);
  if (made != 0 && errno == ENOENT && slash != path.npos && slash > 0) {
    if (auto above = make_directories(parent, mode); !above) return above;
    made = ::mkdir(path.c_str(), mode);
  }
  if (made == 0) return sync_path(parent);
  if (errno == EEXIST) return {};
  return std::unexpected(system_error("mkdir " + path));
}

/// The host's name as maildir(5) wants it in file names.
std::string host_part() {
  std::array<char, 256> buffer{};
  if (::gethostname(buffer.data(), buffer.size() - 1) != 0 || buffer[0] == '\0') return "localhost";
  std::string text;
  for (const char* c = buffer.data(); *c; ++c) {
    if (*c == '/')
      text += "\\057";
    else if (*c == ':')
      text += "\\072";
    else
      text += *c;
  }
  return text;
}

std::string unique_name(const Clock& clock) {
  static unsigned counter = 0;  // of this process
  using std::chrono::microseconds;
  const auto now =
      std::chrono::duration_cast<microseconds>(clock.wall().time_since_epoch()).count();
  return std::to_string(now / 1'000'000) + ".P" + std::to_string(::getpid()) + 'M' +
         std::to_string(now % 1'000'000) + 'Q' + std::to_string(++counter) + '.' + host_part();
}

}  // namespace

MaildirFile::MaildirFile(std::string directory, std::string name, UniqueFd fd)
    : directory_(std::move(directory)), name_(std::move(name)), fd_(std::move(fd)) {}

MaildirFile::MaildirFile(MaildirFile&& other) noexcept
    : directory_(std::move(other.directory_)),
      name_(std::move(other.name_)),
      fd_(std::move(other.fd_)),
      state_(std::exchange(other.state_, State::gone)) {}

MaildirFile::~MaildirFile() {
  if (state_ == State::writing) ::unlink(path("tmp").c_str());
}

std::expected<MaildirFile, Error> MaildirFile::create(const std::string& directory, unsigned mode,
                                                      const Clock& clock) {
  bool made = false;
  for (int attempt = 0; attempt < name_attempts; ++attempt) {
    std::string name = unique_name(clock);
    const std::string path = directory + "/tmp/" + name;
    UniqueFd fd(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 0666));
    if (fd) return MaildirFile(directory, std::move(name), std::move(fd));
    if (errno == EEXIST) continue;
    if (errno != ENOENT || std::exchange(made, true))
      return std::unexpected(system_error("open " + path));
    for (const char* sub : {"/tmp", "/new", "/cur"}) {
      if (const auto done = make_directories(directory + sub, mode); !done)
        return std::unexpected(done.error());
    }
  }
  return std::unexpected(system_error("no free name in " + directory + "/tmp"));
}

std::expected<void, Error> MaildirFile::finish() {
  if (::fsync(fd_.get()) != 0) return std::unexpected(system_error("fsync " + path("tmp")));
  fd_.reset();
  return {};
}

std::expected<void, Error> MaildirFile::publish() {
  const std::string from = path("tmp"), to = path("new");
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno != EINVAL && errno != ENOSYS) return std::unexpected(system_error("rename to " + to));
    // The file system cannot do it in one step (NFS): a link refuses an existing name as well.
    if (::link(from.c_str(), to.c_str()) != 0)
      return std::unexpected(system_error("link to " + to));
    ::unlink(from.c_str());
  }
  state_ = State::published;
  return {};
}

std::expected<void, Error> MaildirFile::sync_directory() const {
  return sync_path(directory_ + "/new");
}

void MaildirFile::withdraw() noexcept {
  if (std::exchange(state_, State::gone) == State::published) ::unlink(path("new").c_str());
}

}  // namespace smtpd::io
