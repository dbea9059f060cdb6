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

void Config::report(std::string problem) {
  log_.log(Level::error, problem);
  problems_.push_back(std::move(problem));
}

std::string Config::path_of(std::string_view key) const {
  std::string path = directory_ + '/' + std::string(key);
  if (fallback_.empty() || std::ranges::find(qmail_keys, key) == qmail_keys.end()) return path;
  return ::access(path.c_str(), F_OK) == 0 ? path : fallback_ + '/' + std::string(key);
}

void Config::include(const ConfigLine& line, std::vector<ConfigLine>& into, std::vector<std::string>& open_files) {
  const std::string name(trim(std::string_view(line.text).substr(8)));
  if (name.empty()) return report(line.where() + ": $include needs a file name");
  const std::string path = name.starts_with('/') ? name : path_of(name);
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return report(line.where() + ": $include " + system_error(path).what);
  if (!S_ISDIR(info.st_mode)) return read(path, into, open_files);
  for (const std::string& file : regular_files(path)) read(file, into, open_files);
}

void Config::read(const std::string& path, std::vector<ConfigLine>& into, std::vector<std::string>& open_files) {
  if (std::ranges::find(open_files, path) != open_files.end()) {
    std::string chain;
    for (const std::string& file : open_files) chain += file + " -> ";
    return report("circular $include: " + chain + path);
  }
  const auto text = read_file(path);
  if (!text) {
    if (text.error().code != Errc::not_found) report(text.error().what);
    return;
  }
  open_files.push_back(path);
  unsigned number = 0;
  for (std::string_view raw : split(*text, '\n')) {
    ++number;
    raw = trim(raw);
    if (raw.empty() || raw.starts_with('#')) continue;
    ConfigLine line{std::string(raw), path, number};
    if (raw.starts_with("$include") && (raw.size() == 8 || is_blank(raw[8]))) {
      include(line, into, open_files);
    } else {
      into.push_back(std::move(line));
    }
  }
  open_files.pop_back();
}

const std::vector<ConfigLine>& Config::file_lines(std::string_view key) {
  const auto known = files_.find(key);
  if (known != files_.end()) return known->second;
  std::vector<ConfigLine> lines;
  std::vector<std::string> open_files;
  read(path_of(key), lines, open_files);
  return files_.emplace(key, std::move(lines)).first->second;
}

const std::vector<ConfigLine>& Config::lines(std::string_view key) {
  const auto known = provided_.find(key);
  if (known != provided_.end()) return known->second;
  if (provider_ && !asking_) {  // a config plugin that asks for configuration itself gets the file
    asking_ = true;
    auto answer = provider_(key);
    asking_ = false;
    if (answer) {
      std::vector<ConfigLine> lines;
      for (std::string& text : *answer) lines.push_back({std::move(text), {}, 0});
      return provided_.emplace(key, std::move(lines)).first->second;
    }
  }
  return file_lines(key);
}

const ConfigLine* Config::first(std::string_view key) {
  const auto& all = lines(key);
  return all.empty() ? nullptr : &all.front();
}

std::optional<std::string> Config::value(std::string_view key) {
  const ConfigLine* line = first(key);
  if (!line) return {};
  return line->text;
}

std::expected<std::optional<std::uint64_t>, Error> Config::number(std::string_view key) {
  const ConfigLine* line = first(key);
  if (!line) return std::nullopt;
  const auto number = to_number(line->text);
  if (number) return number;
  std::string problem = line->where() + ": " + std::string(key) + " is a whole number, not '" + printable(line->text) + "'";
  report(problem);
  return std::unexpected(Error{Errc::config, std::move(problem)});
}

bool Config::flag(std::string_view key) {
  const ConfigLine* line = first(key);
  return line && line->text != "0";
}

}  // namespace smtpd
