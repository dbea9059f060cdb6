#include "plugins/queue/maildir_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "lib/base/directory.hpp"
#include "lib/base/host_name.hpp"
#include "lib/io/sweep.hpp"

namespace smtpd::io {
namespace {

constexpr int name_attempts = 16;

std::unexpected<Error> failure(int code, std::string what) {
  errno = code;
  return std::unexpected(system_error(std::move(what)));
}

UniqueFd open_directory(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

/// 0 or errno.
int try_sync(const std::string& directory) {
  const UniqueFd fd = open_directory(directory);
  return fd && ::fsync(fd.get()) == 0 ? 0 : errno;
}

/// 0 or errno; EEXIST if it is there.
int try_make(const std::string& directory, unsigned mode) {
  return ::mkdir(directory.c_str(), mode) == 0 ? 0 : errno;
}

std::expected<void, Error> sync_path(const std::string& directory) {
  if (const int code = try_sync(directory); code != 0) return failure(code, "fsync " + directory);
  return {};
}

/// The same for a directory with an entry that was there already. Who made that may have been
/// killed before it was durable. Where this process may not look, it was somebody else.
std::expected<void, Error> sync_found(const std::string& directory) {
  const int code = try_sync(directory);
  if (code != 0 && code != EACCES) return failure(code, "fsync " + directory);
  return {};
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
}

/// `mkdir -p` that makes each entry durable before there is another below it: a message in a
/// directory that a crash takes away is lost as well.
std::expected<void, Error> make_directories(const std::string& path, unsigned mode) {
  const std::string parent = parent_of(path);
  int made = try_make(path, mode);
  if (made == ENOENT && parent != path) {
    if (auto above = make_directories(parent, mode); !above) return above;
    made = try_make(path, mode);
  } else if (made == 0) {
    if (auto above = sync_found(parent_of(parent)); !above) return above;
  }
  if (made == 0) return sync_path(parent);
  if (made == EEXIST) return sync_found(parent);
  return failure(made, "mkdir " + path);
}

/// What is missing of a maildir. tmp comes last, because messages are written to a maildir that has
/// one: until then a process that is killed leaves the work to the next.
std::expected<void, Error> make_maildir(const std::string& directory, unsigned mode) {
  if (auto made = make_directories(directory, mode); !made) return made;
  for (const char* sub : {"/new", "/cur"}) {
    if (const int made = try_make(directory + sub, mode); made != 0 && made != EEXIST)
      return failure(made, "mkdir " + directory + sub);
  }
  if (auto synced = sync_path(directory); !synced) return synced;
  if (const int made = try_make(directory + "/tmp", mode); made != 0 && made != EEXIST)
    return failure(made, "mkdir " + directory + "/tmp");
  return {};
}

/// The host's name as maildir(5) wants it in file names.
std::string host_part() {
  std::string text;
  for (const char c : host_name()) {
    if (c == '/')
      text += "\\057";
    else if (c == ':')
      text += "\\072";
    else
      text += c;
  }
  return text;
}

std::string unique_name(const Clock& clock) {
  static unsigned counter = 0;  // of this process
  static const std::string process = ".P" + std::to_string(::getpid()) + 'M',
                           host = '.' + host_part();
  using std::chrono::microseconds;
  const auto now =
      std::chrono::duration_cast<microseconds>(clock.wall().time_since_epoch()).count();
  constexpr std::size_t numbers = 32;  // octets, as a rule
  std::string name;
  name.reserve(numbers + process.size() + host.size());
  name.append(std::to_string(now / 1'000'000)).append(process);
  name.append(std::to_string(now % 1'000'000)).append("Q");
  return name.append(std::to_string(++counter)).append(host);
}

std::string path_of(const std::string& directory, std::string_view sub, std::string_view name) {
  std::string path;
  path.reserve(directory.size() + sub.size() + name.size() + 2);
  path.append(directory).append("/").append(sub);
  if (!name.empty()) path.append("/").append(name);
  return path;
}

}  // namespace

MaildirFile::MaildirFile(std::string directory, unsigned mode, std::string name, UniqueFd fd)
    : directory_(std::move(directory)), mode_(mode), name_(std::move(name)), fd_(std::move(fd)) {}

MaildirFile::MaildirFile(MaildirFile&& other) noexcept
    : directory_(std::move(other.directory_)),
      mode_(other.mode_),
      name_(std::move(other.name_)),
      fd_(std::move(other.fd_)),
      state_(std::exchange(other.state_, State::gone)),
      has_new_directory_(other.has_new_directory_) {}

std::string MaildirFile::path(std::string_view sub) const {
  return path_of(directory_, sub, name_);
}

MaildirFile::~MaildirFile() {
  if (state_ == State::writing) ::unlink(path("tmp").c_str());
}

std::expected<MaildirFile, Error> MaildirFile::create(const std::string& directory, unsigned mode,
                                                      const Clock& clock) {
  bool made = false;
  for (int attempt = 0; attempt < name_attempts; ++attempt) {
    std::string name = unique_name(clock);
    const std::string path = path_of(directory, "tmp", name);
    UniqueFd fd(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 0666));
    if (fd) {
      MaildirFile file(directory, mode, std::move(name), std::move(fd));
      file.has_new_directory_ = made;
      return file;
    }
    if (errno == EEXIST) continue;
    if (errno != ENOENT || std::exchange(made, true))
      return std::unexpected(system_error("open " + path));
    if (const auto done = make_maildir(directory, mode); !done)
      return std::unexpected(done.error());
  }
  return std::unexpected(system_error("no free name in " + directory + "/tmp"));
}

std::expected<void, Error> MaildirFile::finish() {
  if (::fsync(fd_.get()) != 0) return std::unexpected(system_error("fsync " + path("tmp")));
  fd_.reset();
  return {};
}

// The directory is open before the file moves there: what is made durable is where the file is.
std::expected<void, Error> MaildirFile::publish() {
  const std::string directory = path_of(directory_, "new", {});
  UniqueFd fd = open_directory(directory);
  if (!fd && errno == ENOENT) {  // tmp was there, and new is not
    if (auto made = make_maildir(directory_, mode_); !made) return made;
    fd = open_directory(directory);
  }
  if (!fd) return std::unexpected(system_error("open " + directory));
  if (const int code = move_without_replacing(path("tmp"), fd.get(), name_); code != 0)
    return failure(code, "move to " + path("new"));
  fd_ = std::move(fd);
  state_ = State::published;
  return {};
}

std::expected<void, Error> MaildirFile::sync_directory() {
  if (::fsync(fd_.get()) != 0) return std::unexpected(system_error("fsync " + directory_ + "/new"));
  fd_.reset();
  return {};
}

void MaildirFile::withdraw() noexcept {
  if (state_ != State::published) return;
  ::unlink(path("new").c_str());
  state_ = State::gone;
}

std::size_t MaildirFile::sweep(const std::string& directory, WallTime before) {
  const auto is_ours = [](std::string_view name) {
    return !rest_behind(name, "#.P#M#Q#.").value_or("").empty();
  };
  return io::sweep({.directory = directory + "/tmp", .is_ours = is_ours, .before = before});
}

}  // namespace smtpd::io
