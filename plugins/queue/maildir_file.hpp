#pragma once
/// A message file in a maildir: written in tmp/, made durable, then moved to new/ (maildir(5)).
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "lib/base/clock.hpp"
#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/base/unique_fd.hpp"

namespace smtpd::io {

/// What is not yet in new/ when the object goes is removed.
class SMTPD_API MaildirFile {
 public:
  /// An empty file in `directory`/tmp. Missing directories are made; `mode` is theirs, the file has
  /// it without execute bits. Errors: io.
  static std::expected<MaildirFile, Error> create(const std::string& directory, unsigned mode,
                                                  const Clock& clock);
  MaildirFile(MaildirFile&& other) noexcept;
  MaildirFile& operator=(MaildirFile&&) = delete;
  ~MaildirFile();

  int fd() const { return fd_.get(); }
  /// TIME.PpidMusecQcounter.HOST, unique among processes and hosts.
  const std::string& name() const { return name_; }
  const std::string& directory() const { return directory_; }
  /// Of the published file.
  std::string path() const { return path("new"); }
  /// True if the maildir, or what was missing of it, was made for this file.
  bool has_new_directory() const { return has_new_directory_; }
  /// Flushes the content to stable storage and closes the file. Errors: io.
  std::expected<void, Error> finish();
  /// Moves the finished file to new/; never over another. It is durable once sync_directory() has
  /// succeeded. Errors: io.
  std::expected<void, Error> publish();
  std::expected<void, Error> sync_directory();
  /// Takes a published file back, as well as that can be done.
  void withdraw() noexcept;
  /// Removes from `directory`/tmp what processes that were killed have left, if it was changed
  /// before `before`. Returns how many files that were.
  static std::size_t sweep(const std::string& directory, WallTime before);

 private:
  enum class State { writing, published, gone };
  MaildirFile(std::string directory, unsigned mode, std::string name, UniqueFd fd);
  std::string path(std::string_view sub) const;

  std::string directory_;
  unsigned mode_;
  std::string name_;
  UniqueFd fd_;  // the file, then the directory that it was moved to
  State state_ = State::writing;
  bool has_new_directory_ = false;
};

}  // namespace smtpd::io
