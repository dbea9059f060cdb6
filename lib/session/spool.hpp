#pragma once
/// The spool directory: config spool_dir and spool_perms, else ~/tmp (qpsmtpd).
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "lib/base/clock.hpp"
#include "lib/base/error.hpp"
#include "lib/base/unique_fd.hpp"
#include "lib/services/config.hpp"
#include "lib/services/environment.hpp"
#include "lib/services/log.hpp"

namespace smtpd {

class Spool {
 public:
  Spool(Config& config, const Environment& environment, Log& log)
      : config_(config), environment_(environment), log_(log) {}

  /// The directory; made when it is missing. A directory with other permissions is used with a
  /// warning. Errors: io, config.
  std::expected<std::string, Error> directory();
  /// A file without a name in it. Errors: io, config.
  std::expected<UniqueFd, Error> open();
  /// Octets that a message may still take there; none if that cannot be told.
  std::optional<std::uint64_t> free_space();
  /// Removes the temporary files and directories of processes that were killed, as far as they were
  /// changed before `before`.
  void sweep(WallTime before);

 private:
  std::expected<std::string, Error> find();

  Config& config_;
  const Environment& environment_;
  Log& log_;
  std::optional<std::string> directory_;
};

}  // namespace smtpd
