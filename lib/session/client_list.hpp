#pragma once
/// Keys of the core that say to which clients something is offered.
#include <expected>
#include <optional>
#include <string_view>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/services/config.hpp"

namespace smtpd {

/// Whether the lines of `key` have the client with that address: `*` has all, `none` nobody, others
/// are addresses and networks (Network::parse). None if there is no line. Errors: config (a line
/// that is none of these, whatever client was asked about), and those of Config::lines.
SMTPD_API std::expected<std::optional<bool>, Error> is_listed(Config& config, std::string_view key,
                                                              std::string_view client);

}  // namespace smtpd
