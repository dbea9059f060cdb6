#include "lib/services/config.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "lib/base/directory.hpp"
#include "lib/base/file.hpp"
#include "lib/base/text.hpp"
#include "lib/base/unique_fd.hpp"

namespace smtpd {
namespace {

/// The keys that qmail's control directory may answer.
constexpr std::array<std::string_view, 6> qmail_keys{"me",        "rcpthosts",    "morercpthosts",
                                                     "databytes", "timeoutsmtpd", "smtpgreeting"};

struct MapKind {
  const char* suffix;
  std::expected<std::unique_ptr<Map>, Error> (*open)(std::string path);
};
constexpr auto map_kinds = std::array{MapKind{".cdb", open_cdb}, MapKind{".lmdb", open_lmdb}};

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // editors put it there

/// What one key may read. Files that include each other twice each would otherwise be read for
/// ever.
constexpr std::size_t most_files = 1000;

/// A whole file; `path` is relative to `directory`, if that is an open one. Errors: not_found, io.
std::expected<std::string, Error> read_file(int directory, const std::string& path) {
  constexpr int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;  // nobody waits for a FIFO
  const UniqueFd fd(::openat(directory, path.c_str(), flags));
  if (!fd && (errno == ENOENT || errno == ENOTDIR)) {
    struct stat info{};
    if (::fstatat(directory, path.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0)
      return std::unexpected(Error{Errc::io, "a link that leads nowhere"});
    return std::unexpected(Error{Errc::not_found, {}});
  }
  if (!fd && errno == ENXIO) return std::unexpected(not_regular());  // a socket
  if (!fd) return std::unexpected(system_error("open"));
  return read_regular(fd.get());
}

std::vector<std::string> regular_files(const std::string& directory) {
  std::vector<std::string> names;
  for (const std::string& name : names_in(directory).value_or(Names())) {
    std::string path = directory + '/' + name;
    const auto info = status_of(path);
    if (!name.starts_with('.') && info && S_ISREG(info->st_mode)) names.push_back(std::move(path));
  }
  std::ranges::sort(names);
  return names;
}

/// Of those that say something, or more if there are blanks in front of comments.
std::size_t count_lines(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); at = std::min(text.find('\n', at), text.size()) + 1) {
    if (text[at] != '#' && text[at] != '\n') ++count;
  }
  return count;
}

bool is_map(std::string_view name) {
  return std::ranges::any_of(map_kinds,
                             [&](const MapKind& kind) { return name.ends_with(kind.suffix); });
}

/// One bit of 64, by its length and its ends: most names that are not there differ in it from all
/// that are.
std::uint64_t mark_of(std::string_view name) {
  if (name.empty()) return 1;
  const auto ends =
      static_cast<unsigned char>(name.front()) * 7U + static_cast<unsigned char>(name.back());
  return std::uint64_t{1} << ((ends + name.size() * 5) % 64);
}

}  // namespace

std::string LinePlace::text() const {
  if (file.empty()) return "(config plugin)";
  return std::string(file).append(":").append(std::to_string(line));
}

Error bad_value(const ConfigLine& line, std::string_view key, std::string_view what,
                std::span<const std::string_view> words) {
  std::string text = line.where() + ": ";
  text.append(key).append(" is ").append(what).append(", not '").append(printable(line.text));
  text += '\'';
  // A single letter is as near to any other as to what was meant.
  const std::string_view near = line.text.size() > 1 ? nearest(line.text, words) : "";
  if (!near.empty()) text.append("; did you mean '").append(near).append("'?");
  return {Errc::config, std::move(text)};
}

Config::Config(std::string directory, std::string fallback, Log& log)
    : directory_(std::move(directory)), fallback_(std::move(fallback)), log_(log) {
  fd_.reset(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd_) {
    list_names();
  } else if (::access(directory_.c_str(), X_OK) !=
             0) {  // one that may be entered but not listed still serves
    problem_ = system_error("the configuration directory " + directory_);
  }
}

// Most keys have no file. One look at the directory is cheaper than asking the kernel for each of
// them.
void Config::list_names() {
  const auto names = names_in(fd_.get());
  listed_ = names.has_value();
  if (!names) return;
  for (const std::string& name : *names) {
    names_.append(name).push_back('/');  // no file name has a slash
    marks_ |= mark_of(name);
    lists_maps_ |= is_map(name);
  }
}

bool Config::may_exist(std::string_view name) const {
  if (!listed_ || name.find('/') != name.npos) return true;
  if ((marks_ & mark_of(name)) == 0) return false;
  for (auto at = names_.find(name); at != names_.npos; at = names_.find(name, at + 1)) {
    if ((at == 0 || names_[at - 1] == '/') && names_[at + name.size()] == '/') return true;
  }
  return false;
}

std::string Config::path_of(std::string_view key, std::string_view suffix) const {
  std::string name = std::string(key).append(suffix);
  if (name.starts_with('/')) return name;
  std::string path = directory_ + '/' + name;
  if (!is_in_fallback(key)) return path;
  return may_exist(name) && ::access(path.c_str(), F_OK) == 0 ? path : fallback_ + '/' + name;
}

bool Config::is_in_fallback(std::string_view key) const {
  return !fallback_.empty() && std::ranges::find(qmail_keys, key) != qmail_keys.end();
}

const Config::Maps& Config::maps(std::string_view key) {
  static const Maps none;
  if (listed_ && !lists_maps_ && !asked_ && fallback_.empty() && key.find('/') == key.npos)
    return none;
  if (const auto known = maps_.find(key); known != maps_.end()) return known->second;
  Maps maps;
  for (const auto& [suffix, open] : map_kinds) {
    if (asked_) asked_->insert(std::string(key) + suffix);
    if (!is_in_fallback(key) && !may_exist(std::string(key) + suffix)) continue;
    auto map = open(path_of(key, suffix));
    if (map || map.error().code != Errc::not_found) maps.push_back(std::move(map));
  }
  return maps_.emplace(key, std::move(maps)).first->second;
}

std::expected<std::optional<Config::Entry>, Error> Config::lookup(std::string_view key,
                                                                  std::string_view name) {
  for (const auto& map : maps(key)) {
    if (!map) return std::unexpected(map.error());
    auto value = (*map)->find(name);
    if (!value) return std::unexpected(value.error());
    if (*value) return Entry{std::move(**value), (*map)->path()};
  }
  return std::nullopt;
}

void Config::include(const ConfigLine& line, File& into,
                     std::vector<std::string_view>& open_files) {
  const auto fail = [&](Errc code, const std::string& what) {
    into.error = Error{code, line.where() + ": $include " + what};
    warn(into.error->what);
  };
  const std::string name(trim(std::string_view(line.text).substr(8)));
  if (name.empty()) return fail(Errc::config, "needs a file name");
  const std::string path = name.starts_with('/') ? name : path_of(name);
  std::vector<std::string> files{path};
  const auto info = status_of(path);
  // Whoever stands in the file is not unknown because it is missing.
  if (!info) return fail(Errc::io, system_error(path).what);
  if (S_ISDIR(info->st_mode)) files = regular_files(path);
  for (const std::string& file : files) {
    if (std::ranges::find(open_files, file) != open_files.end()) {
      warn(line.where() + ": circular $include of " + file + "; it is left out here");
      continue;
    }
    if (into.paths.size() >= most_files) {
      if (into.error) return;
      return fail(Errc::config, "makes it more than " + std::to_string(most_files) + " files");
    }
    if (std::ranges::find(into.paths, file) != into.paths.end())
      warn(line.where() + ": " + file + " is included a second time");
    read(file, into, open_files);
  }
}

bool Config::read(const std::string& path, File& into, std::vector<std::string_view>& open_files) {
  const bool inside = fd_ && path.starts_with(directory_ + '/');
  const auto text =
      inside ? read_file(fd_.get(), path.substr(directory_.size() + 1)) : read_file(AT_FDCWD, path);
  if (!text) {
    if (text.error().code == Errc::not_found) return false;
    into.error = Error{text.error().code, path + ": " + text.error().what};
    warn(into.error->what);
    return true;
  }
  if (asked_ && inside) asked_->insert(path.substr(directory_.size() + 1));
  const std::string& kept = into.paths.emplace_back(path);
  open_files.push_back(kept);
  into.lines.reserve(into.lines.size() + count_lines(*text));
  std::string_view rest = *text;
  if (rest.starts_with(byte_order_mark)) {
    rest.remove_prefix(byte_order_mark.size());
    log_.log(Level::warn, path + " begins with a byte order mark, which is passed over");
  }
  for (unsigned number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size() - 1);
    const std::string_view raw = trim(rest.substr(0, end + 1));
    rest.remove_prefix(end + 1);
    if (raw.empty() || raw.starts_with('#')) continue;
    ConfigLine line{std::string(raw), kept, number};
    if (raw.starts_with("$include") && (raw.size() == 8 || is_blank(raw[8]))) {
      include(line, into, open_files);
    } else {
      into.lines.push_back(std::move(line));
    }
  }
  open_files.pop_back();
  return true;
}

Config::Lines Config::result(const File& file) {
  if (file.error) return std::unexpected(*file.error);
  return &file.lines;
}

Config::Lines Config::file_lines(std::string_view key) {
  if (asked_) asked_->emplace(key);
  const auto known = files_.find(key);
  if (known != files_.end()) return result(known->second);
  if (fallback_.empty() && !may_exist(key)) {
    static const std::vector<ConfigLine> none;
    return &none;
  }
  File file;
  std::vector<std::string_view> open_files;
  read(path_of(key), file, open_files);
  return result(files_.emplace(key, std::move(file)).first->second);
}

// What is not there is not kept: there is no end of addresses that a client can ask for.
Config::Lines Config::user_file(std::string_view owner, std::string_view key) {
  constexpr std::size_t longest_name = 255;
  if (owner.empty() || owner.size() > longest_name || owner.starts_with('.') ||
      owner.find_first_of(std::string_view("/\0", 2)) != owner.npos)
    return nullptr;
  const std::string name = "user/" + lower(owner) + '/' + std::string(key);
  if (const auto known = files_.find(name); known != files_.end()) return result(known->second);
  File file;
  std::vector<std::string_view> open_files;
  if (!read(directory_ + '/' + name, file, open_files)) return nullptr;
  return result(files_.emplace(name, std::move(file)).first->second);
}

Config::Lines Config::user_lines(std::string_view local, std::string_view domain,
                                 std::string_view key) {
  if (local.empty() || domain.empty() || !may_exist("user")) return nullptr;
  return user_file(std::string(local).append("@").append(domain), key);
}

Config::Lines Config::domain_lines(std::string_view domain, std::string_view key) {
  if (domain.empty() || !may_exist("user")) return nullptr;
  return user_file(domain, key);
}

std::vector<std::string> Config::users() const {
  std::vector<std::string> names;
  const std::string user = directory_ + "/user/";
  for (const std::string& name : names_in(user).value_or(Names())) {
    const auto info = status_of(user + name);
    if (!name.starts_with('.') && info && S_ISDIR(info->st_mode)) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

Config::Lines Config::lines(std::string_view key) {
  if (asked_) asked_->emplace(key);
  const auto known = provided_.find(key);
  if (known != provided_.end()) return result(known->second);
  if (provider_ && !asking_) {  // a config plugin that asks for configuration itself gets the file
    asking_ = true;
    auto answer = provider_(key);
    asking_ = false;
    if (answer) {
      File file;
      for (const std::string& text : *answer) {  // a blank line counts no more than in a file
        if (const std::string_view line = trim(text); !line.empty())
          file.lines.push_back({std::string(line), {}, 0});
      }
      return result(provided_.emplace(key, std::move(file)).first->second);
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
  return std::unexpected(bad_value(line, key, "a whole number"));
}

std::expected<bool, Error> Config::is_set_to(std::string_view key, std::string_view word) {
  const auto all = lines(key);
  if (!all) return std::unexpected(all.error());
  if ((*all)->empty()) return false;
  const ConfigLine& line = (*all)->front();
  if (equal_ignoring_case(line.text, word)) return true;
  return std::unexpected(
      bad_value(line, key, '\'' + std::string(word) + "' or not set", std::span(&word, 1)));
}

std::expected<std::optional<char>, Error> Config::delimiter() {
  constexpr std::string_view key = "recipient_delimiter", delimiters = "+-=_";
  const auto all = lines(key);
  if (!all) return std::unexpected(all.error());
  if ((*all)->empty()) return std::nullopt;
  const ConfigLine& line = (*all)->front();
  if (line.text.size() == 1 && delimiters.find(line.text.front()) != delimiters.npos)
    return line.text.front();
  return std::unexpected(bad_value(line, key, "one of + - = _"));
}

std::expected<bool, Error> Config::flag(std::string_view key, bool fallback) {
  const auto all = lines(key);
  if (!all) return std::unexpected(all.error());
  if ((*all)->empty()) return fallback;
  const ConfigLine& line = (*all)->front();
  if (const auto flag = to_flag(line.text)) return *flag;
  return std::unexpected(bad_value(line, key, "1 or 0 (yes or no, on or off)", flag_words));
}

}  // namespace smtpd
