#pragma once
/// What a session needs to know before it begins, one piece each; `smtpd --check` and its like look
/// at the same pieces.
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/host/host.hpp"
#include "lib/server/server.hpp"
#include "lib/services/config.hpp"

namespace smtpd {

/// Directories of configuration files.
struct Places {
  std::string config;
  std::string qmail;  ///< qmail's control directory; empty if the administrator has named the other
  std::string_view reason;  ///< why it is there: `--config-dir`, `default`
};

/// Where the configuration is: the option, QPSMTPD_CONFIG, config/ beside the binary, /etc/smtpd.
SMTPD_API Places find_config(const Options& options, const Environment& environment);

/// The log level: the option, else config loglevel; none if neither says so. Errors: config, io.
SMTPD_API std::expected<std::optional<Level>, Error> find_level(const Options& options,
                                                                Config& config);

/// What tells the ids of this machine's sessions from those of others: the file me, else the
/// machine's name. Nothing of it need be right.
std::string name_for_ids(Config& config);

/// Config me, else the machine's name, made a host: it stands in the greeting and in every field of
/// ours. Errors: io.
SMTPD_API std::expected<std::string, Error> own_name(Config& config);

/// Everything that must be known before the first word: level, plugins, `me`, the greeting. Errors:
/// the first problem; all that were found are in the log.
SMTPD_API std::expected<void, Error> prepare(const Options& options, Config& config, Log& log,
                                             Host& host);

}  // namespace smtpd
