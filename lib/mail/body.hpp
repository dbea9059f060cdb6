#pragma once
/// The message text after its header: in memory up to a threshold, then in an unlinked file. Lines
/// end in LF.
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/base/unique_fd.hpp"

namespace smtpd {

class SMTPD_API Body {
 public:
  /// `open_spool` makes the unlinked file when `threshold` octets are exceeded.
  using OpenSpool = std::function<std::expected<UniqueFd, Error>()>;
  explicit Body(std::size_t threshold = SIZE_MAX, OpenSpool open_spool = {});

  /// Errors: io and no_room (the spool file cannot be made or written).
  std::expected<void, Error> append(std::string_view text);
  std::uint64_t size() const { return spooled_ + memory_.size(); }
  bool in_memory() const { return !file_; }
  /// Calls `sink` with the text in order, in pieces; stops at the first false. Errors: io.
  std::expected<void, Error> each_piece(const std::function<bool(std::string_view)>& sink) const;
  /// Writes the text to the end of `fd`, file to file inside the kernel where that works. Errors:
  /// io.
  std::expected<void, Error> write_to(int fd) const;

 private:
  std::expected<void, Error> spill();
  /// each_piece for what is in the file; false if the sink has had enough.
  std::expected<bool, Error> each_spooled(const std::function<bool(std::string_view)>& sink) const;
  std::expected<void, Error> copy_to(int fd) const;

  std::size_t threshold_;
  OpenSpool open_spool_;
  std::string memory_;  ///< all of it, or what the file does not have yet
  UniqueFd file_;
  std::uint64_t spooled_ = 0;  ///< octets in the file
};

}  // namespace smtpd
