#pragma once
/// Passwords as files and databases keep them, for the plugins that read those.
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "lib/plugin/plugin.hpp"

namespace smtpd {

struct StoredPassword {
  Credentials credentials = {};
  std::optional<std::string> hash = {};  ///< of crypt(3)
  std::string barred = {};  ///< why the user is refused whatever the password is, or empty
  /// True if there is nothing that a password could be compared with.
  SMTPD_API bool is_empty() const;
};

/// A password in clear, or behind the name of its form:
/// `{CRYPT}HASH` of crypt(3), `{SCRAM-SHA-256}ITERATIONS,SALT,STOREDKEY,SERVERKEY` and the same
/// with SCRAM-SHA-1 (the three in base64), `{PLAIN}PASSWORD`. Errors: config.
SMTPD_API std::expected<StoredPassword, Error> parse_stored_password(std::string_view text);

using FoundPassword = std::expected<std::optional<StoredPassword>, Error>;

/// True if `given`, which has no NUL, is the password (qpsmtpd's check of passwords). Errors: what
/// cannot be judged.
SMTPD_API std::expected<bool, Error> is_password(PluginContext& ctx, const StoredPassword& stored,
                                                 const std::string& given);

/// The mechanisms that can do with these credentials, beyond PLAIN and LOGIN.
SMTPD_API Lines mechanisms_for(const StoredPassword& stored);

}  // namespace smtpd
