#pragma once
/// The spool directory: config spool_dir and spool_perms, else ~/tmp (qpsmtpd).
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/clock.hpp"
#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/base/unique_fd.hpp"
#include "lib/services/config.hpp"
#include "lib/services/environment.hpp"
#include "lib/services/log.hpp"

namespace smtpd {

/// Where the spool directory is, and what says so.
struct SpoolPlace {
  std::string path;                ///< without a slash at its end
  std::string_view variable = {};  ///< of the environment; empty: config spool_dir
};
/// Config spool_dir, else tmp in $HOME or $LOGDIR. Errors: config (none of them is set), io.
SMTPD_API std::expected<SpoolPlace, Error> find_spool(Config& config,
                                                      const Environment& environment);
/// Config spool_perms. Errors: config (no octal number), io.
SMTPD_API std::expected<unsigned, Error> spool_perms(Config& config);

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
  Config& config_;
  const Environment& environment_;
  Log& log_;
  std::optional<std::string> directory_;
};

}  // namespace smtpd
