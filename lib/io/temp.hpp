#pragma once
/// Temporary files and directories that go with their owner, and the unlinked spool file.
#include <cstddef>
#include <expected>
#include <string>
#include <utility>

#include "lib/base/clock.hpp"
#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/base/unique_fd.hpp"

namespace smtpd::io {

/// A file or a directory with all in it, removed when the object goes.
class SMTPD_API TempPath {
 public:
  explicit TempPath(std::string path) : path_(std::move(path)) {}
  TempPath(TempPath&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TempPath& operator=(TempPath&& other) noexcept;
  TempPath(const TempPath&) = delete;
  TempPath& operator=(const TempPath&) = delete;
  ~TempPath() { remove(); }
  const std::string& path() const { return path_; }

 private:
  void remove() noexcept;
  std::string path_;
};

/// An open file that has no name (any more) in `directory`; mode 0600. Errors: io.
std::expected<UniqueFd, Error> open_unlinked(const std::string& directory);
/// A new empty file `directory/UNIQUE`, mode 0600, opened exclusively without following links.
/// Returns its path. Errors: io.
std::expected<std::string, Error> make_temp_file(const std::string& directory);
/// A new directory `directory/UNIQUE`. Errors: io.
std::expected<std::string, Error> make_temp_dir(const std::string& directory, unsigned mode);

/// Removes from `directory` what make_temp_file() and make_temp_dir() have made in processes that
/// were killed, if it was changed before `before`. Returns how much that was.
std::size_t sweep_temporary(const std::string& directory, WallTime before);

}  // namespace smtpd::io
