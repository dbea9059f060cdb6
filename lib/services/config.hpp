#pragma once
/// The configuration directory: one value or list a file, read when first asked for and then kept
/// (qmail's form).
#include <cstdint>
#include <expected>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/base/unique_fd.hpp"
#include "lib/services/log.hpp"
#include "lib/services/map.hpp"

namespace smtpd {

/// Where a line stands; see ConfigLine.
struct SMTPD_API LinePlace {
  std::string_view file = {};
  unsigned line = 0;
  /// `FILE:LINE`, or `(config plugin)`.
  std::string text() const;
};

struct SMTPD_API ConfigLine {
  std::string text;
  /// Path as opened; empty when a plugin gave the value, `KEY of <ADDRESS>` when it is one
  /// address's. Valid as long as the line is in what gave it, a copy of the line as long as that.
  std::string_view file;
  unsigned line = 0;
  LinePlace place() const { return {file, line}; }
  /// Its place's text.
  std::string where() const { return place().text(); }
};

/// `FILE:LINE: KEY is WHAT, not 'TEXT'`, and the one of `words` that was meant, if one is near.
SMTPD_API Error bad_value(const ConfigLine& line, std::string_view key, std::string_view what,
                          std::span<const std::string_view> words = {});

class SMTPD_API Config {
 public:
  /// `fallback` is qmail's control directory, or empty; it serves only the keys that qmail shares.
  Config(std::string directory, std::string fallback, Log& log);

  using Lines = std::expected<const std::vector<ConfigLine>*, Error>;
  /// A key's lines without comments and blank lines, `$include` resolved; empty if there is none.
  /// Lives as long as the Config. Errors: io, permission (a file that is there but cannot be read).
  Lines lines(std::string_view key);
  /// Lines straight from the file, whatever plugins say (logging, loglevel, plugin_dirs).
  Lines file_lines(std::string_view key);
  /// The first line of a key; none if it has no line.
  std::expected<std::optional<std::string>, Error> value(std::string_view key);
  /// The first line as a whole number. Errors: those of lines(), config.
  std::expected<std::optional<std::uint64_t>, Error> number(std::string_view key);
  /// 1 0 yes no true false on off; `fallback` if there is no line. Errors: those of lines(), config
  /// (another word).
  std::expected<bool, Error> flag(std::string_view key, bool fallback = false);

  /// The lines of a key for one address, of user/LOCAL@DOMAIN/KEY, in lower case; null if that is
  /// not there. A local part that is no safe name has no directory. Errors: as lines().
  Lines user_lines(std::string_view local, std::string_view domain, std::string_view key);
  /// The same for a domain, of user/DOMAIN/KEY, or for another directory below user/.
  Lines domain_lines(std::string_view domain, std::string_view key);

  /// Whose files there are: the directories below user/, hidden ones left out, sorted.
  std::vector<std::string> users() const;

  /// True if the key has maps, KEY.cdb or KEY.lmdb; they are opened at the first call.
  bool has_map(std::string_view key) { return !maps(key).empty(); }
  struct Entry {
    std::string value;
    std::string file;  ///< of the map
  };
  /// The value of `name` in the first of the key's maps that has it; none if none has. Errors: io
  /// (a map that is there and cannot be read, or is damaged).
  std::expected<std::optional<Entry>, Error> lookup(std::string_view key, std::string_view name);

  /// True if the first line is `word` (any case), false if there is no line. Errors: those of
  /// lines(), config (another word).
  std::expected<bool, Error> is_set_to(std::string_view key, std::string_view word);

  /// From now on puts into `asked` every key that is asked for and every file of the directory that
  /// is read. It outlives the configuration.
  void record_into(std::set<std::string, std::less<>>& asked) { asked_ = &asked; }

  /// The octet that begins the detail of a local part (recipient_delimiter), none if it is not set.
  /// Errors: those of lines(), config (another octet than those that delimit, or several).
  std::expected<std::optional<char>, Error> delimiter();

  using Provider = std::function<std::optional<std::vector<std::string>>(std::string_view key)>;
  /// Asked before the files (hook config).
  void ask_first(Provider provider) { provider_ = std::move(provider); }
  const std::string& directory() const { return directory_; }
  /// What is wrong with the directory itself.
  const std::optional<Error>& problem() const { return problem_; }

 private:
  struct File {
    std::list<std::string> paths;  // its own and those of what it includes; the lines refer to them
    std::vector<ConfigLine> lines;
    std::optional<Error> error;
  };
  using Maps = std::vector<std::expected<std::unique_ptr<Map>, Error>>;
  static Lines result(const File& file);
  /// False if there is no such file.
  bool read(const std::string& path, File& into, std::vector<std::string_view>& open_files);
  void include(const ConfigLine& line, File& into, std::vector<std::string_view>& open_files);
  /// Where the file of a key is; a key that begins with a slash is a path.
  std::string path_of(std::string_view key, std::string_view suffix = {}) const;
  bool is_in_fallback(std::string_view key) const;
  Lines user_file(std::string_view owner, std::string_view key);
  const Maps& maps(std::string_view key);
  void list_names();
  /// False if the directory has been listed and has no such entry.
  bool may_exist(std::string_view name) const;
  void warn(std::string_view problem) { log_.log(Level::error, problem); }

  std::string directory_, fallback_;
  UniqueFd fd_;              // of the directory
  std::string names_;        // of its entries, each with a slash behind it
  std::uint64_t marks_ = 0;  // of all of them, see mark_of
  bool listed_ = false;
  bool lists_maps_ = false;
  std::optional<Error> problem_;
  Log& log_;
  Provider provider_;
  bool asking_ = false;
  std::map<std::string, File, std::less<>> files_, provided_;
  std::map<std::string, Maps, std::less<>> maps_;
  std::set<std::string, std::less<>>* asked_ = nullptr;
};

}  // namespace smtpd
