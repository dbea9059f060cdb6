#pragma once
/// Where daemons are that are asked about users and their passwords.
#include <cstdint>
#include <expected>
#include <string_view>

#include "lib/base/export.hpp"
#include "lib/io/dial.hpp"
#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// Where a daemon is by its host, an address or `localhost`, and its port; or by the path of its
/// socket. Errors: config, with a sentence.
SMTPD_API std::expected<io::Endpoint, Error> daemon_at(std::string_view host, std::int64_t port);

/// For on_check: reports a socket that is not there, and remarks on an address to which passwords
/// would go in clear over a network.
SMTPD_API void check_daemon(PluginContext& ctx, const io::Endpoint& where);

}  // namespace smtpd
