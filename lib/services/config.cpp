#include "lib/services/config.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "lib/base/text.hpp"
#include "lib/base/unique_fd.hpp"

namespace smtpd {
namespace {

/// The keys that qmail's control directory may answer.
constexpr std::array<std::string_view, 6> qmail_keys{"me",        "rcpthosts",    "morercpthosts",
                                                     "databytes", "timeoutsmtpd", "smtpgreeting"};

/// A whole file. Errors: not_found, io.
std::expected<std::string, Error> read_file(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) {
    Error error = system_error(path);
    if (errno == ENOENT || errno == ENOTDIR) error.code = Errc::not_found;
    return std::unexpected(std::move(error));
  }
  std::string text;
  std::array<char, 8192> buffer;
  while (true) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(system_error(path));
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::vector<std::string> regular_files(const std::string& directory) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(directory.c_str()), ::closedir);
  while (const dirent* entry = dir ? ::readdir(dir.get()) : nullptr) {
    const std::string path = directory + '/' + entry->d_name;
    struct stat info {};
    if (entry->d_name[0] != '.' && ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode)) names.push_back(path);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace

std::string ConfigLine::where() const {
  return file.empty() ? "(config plugin)" : file + ':' + std::to_string(line);
}

Config::Config(std::string directory, std::string fallback, Log& log)
    : directory_(std::move(directory)), fallback_(std::move(fallback)), log_(log) {}

std::string Config::path_of(std::string_view key) const {
  std::string path = directory_ + '/' + std::string(key);
  if (fallback_.empty() || std::ranges::find(qmail_keys, key) == qmail_keys.end()) return path;
  return ::access(path.c_str(), F_OK) == 0 ? path : fallback_ + '/' + std::string(key);
}

void Config::include(const ConfigLine& line, Entry& into, std::vector<std::string>& open_files,
                     std::vector<std::string>& seen) {
  const std::string name(trim(std::string_view(line.text).substr(8)));
  if (name.empty()) return warn(line.where() + ": $include needs a file name");
  const std::string path = name.starts_with('/') ? name : path_of(name);
  std::vector<std::string> files{path};
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return warn(line.where() + ": $include " + system_error(path).what);
  if (S_ISDIR(info.st_mode)) files = regular_files(path);
  for (const std::string& file : files) {
    if (std::ranges::find(open_files, file) != open_files.end()) {
      warn(line.where() + ": circular $include of " + file + "; it is left out here");
      continue;
    }
    if (std::ranges::find(seen, file) != seen.end()) warn(line.where() + ": " + file + " is included a second time");
    read(file, into, open_files, seen);
  }
}

void Config::read(const std::string& path, Entry& into, std::vector<std::string>& open_files,
                  std::vector<std::string>& seen) {
  const auto text = read_file(path);
  if (!text) {
    if (text.error().code == Errc::not_found) return;
    warn(text.error().what);
    into.error = text.error();
    return;
  }
  open_files.push_back(path);
  seen.push_back(path);
  unsigned number = 0;
  for (std::string_view raw : split(*text, '\n')) {
    ++number;
    raw = trim(raw);
    if (raw.empty() || raw.starts_with('#')) continue;
    ConfigLine line{std::string(raw), path, number};
    if (raw.starts_with("$include") && (raw.size() == 8 || is_blank(raw[8]))) {
      include(line, into, open_files, seen);
    } else {
      into.lines.push_back(std::move(line));
    }
  }
  open_files.pop_back();
}

Config::Lines Config::result(const Entry& entry) {
  if (entry.error) return std::unexpected(*entry.error);
  return &entry.lines;
}

Config::Lines Config::file_lines(std::string_view key) {
  const auto known = files_.find(key);
  if (known != files_.end()) return result(known->second);
  Entry entry;
  std::vector<std::string> open_files, seen;
  read(path_of(key), entry, open_files, seen);
  return result(files_.emplace(key, std::move(entry)).first->second);
}

Config::Lines Config::lines(std::string_view key) {
  const auto known = provided_.find(key);
  if (known != provided_.end()) return result(known->second);
  if (provider_ && !asking_) {  // a config plugin that asks for configuration itself gets the file
    asking_ = true;
    auto answer = provider_(key);
    asking_ = false;
    if (answer) {
      Entry entry;
      for (std::string& text : *answer) entry.lines.push_back({std::move(text), {}, 0});
      return result(provided_.emplace(key, std::move(entry)).first->second);
    }
  }
  return file_lines(key);
}

std::expected<std::optional<std::string>, Error> Config::value(std::string_view key) {
  const auto all = lines(key);
  if (!all) return std::unexpected(all.error());
  if ((*all)->empty()) return std::nullopt;
  return (*all)->front().text;
}

std::expected<std::optional<std::uint64_t>, Error> Config::number(std::string_view key) {
  const auto all = lines(key);
  if (!all) return std::unexpected(all.error());
  if ((*all)->empty()) return std::nullopt;
  const ConfigLine& line = (*all)->front();
  if (const auto number = to_number(line.text)) return number;
  return std::unexpected(Error{
      Errc::config, line.where() + ": " + std::string(key) + " is a whole number, not '" + printable(line.text) + '\''});
}

std::expected<bool, Error> Config::flag(std::string_view key) {
  const auto text = value(key);
  if (!text) return std::unexpected(text.error());
  return *text && **text != "0";
}

}  // namespace smtpd
