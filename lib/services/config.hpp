#pragma once
/// The configuration directory: one value or list a file, read when first asked for and then kept (qmail's form).
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/services/log.hpp"

namespace smtpd {

struct ConfigLine {
  std::string text;
  std::string file;  ///< path as opened; empty when a plugin gave the value
  unsigned line = 0;
  /// `FILE:LINE`, or `(config plugin)`.
  std::string where() const;
};

class SMTPD_API Config {
 public:
  /// `fallback` is qmail's control directory, or empty; it serves only the keys that qmail shares.
  Config(std::string directory, std::string fallback, Log& log);

  /// A key's lines without comments and blank lines, `$include` resolved; empty if there is none. Lives as long as the Config.
  const std::vector<ConfigLine>& lines(std::string_view key);
  /// The first line of a key.
  const ConfigLine* first(std::string_view key);
  std::optional<std::string> value(std::string_view key);
  /// The first line as a whole number; none if the key has no line. A bad number is reported and is an error.
  std::expected<std::optional<std::uint64_t>, Error> number(std::string_view key);
  /// True if the first line is there and is not 0.
  bool flag(std::string_view key);
  /// Lines straight from the file, whatever plugins say (logging, loglevel, plugin_dirs, plugins).
  const std::vector<ConfigLine>& file_lines(std::string_view key);

  using Provider = std::function<std::optional<std::vector<std::string>>(std::string_view key)>;
  /// Asked before the files (hook config).
  void ask_first(Provider provider) { provider_ = std::move(provider); }
  /// Records and logs what an administrator has to mend.
  void report(std::string problem);
  const std::vector<std::string>& problems() const { return problems_; }
  const std::string& directory() const { return directory_; }

 private:
  void read(const std::string& path, std::vector<ConfigLine>& into, std::vector<std::string>& open_files);
  void include(const ConfigLine& line, std::vector<ConfigLine>& into, std::vector<std::string>& open_files);
  std::string path_of(std::string_view key) const;

  std::string directory_, fallback_;
  Log& log_;
  Provider provider_;
  bool asking_ = false;
  std::map<std::string, std::vector<ConfigLine>, std::less<>> files_, provided_;
  std::vector<std::string> problems_;
};

}  // namespace smtpd
