#pragma once
/// Passwords as files and databases keep them, for the plugins that read those.
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "lib/plugin/plugin.hpp"

namespace smtpd {

namespace note {
/// Of the connection: whom the store of passwords knows, as it names him.
inline constexpr NoteKey<std::string> authuser{"authuser"};
}  // namespace note

struct StoredPassword {
  Credentials credentials = {};
  std::optional<std::string> hash = {};  ///< of crypt(3)
};

/// A password in clear, or behind the name of its form:
/// `{CRYPT}HASH` of crypt(3), `{SCRAM-SHA-256}ITERATIONS,SALT,STOREDKEY,SERVERKEY` and the same
/// with SCRAM-SHA-1 (the three in base64), `{PLAIN}PASSWORD`. Errors: config.
SMTPD_API std::expected<StoredPassword, Error> parse_stored_password(std::string_view text);

using FoundPassword = std::expected<std::optional<StoredPassword>, Error>;

/// The answer of the hook credentials: what cannot be looked up now is DENYSOFT.
inline FoundCredentials credentials_of(FoundPassword found) {
  if (!found) return std::unexpected(Refusal{Verdict::denysoft, found.error().what});
  if (!*found) return std::nullopt;
  return std::move((*found)->credentials);
}

/// OK if `given` is the password, else DENY (qpsmtpd's check of passwords). With neither password
/// nor hash nor verifier: DENY. What cannot be judged is DENYSOFT.
SMTPD_API Result check_password(PluginContext& ctx, const StoredPassword& stored,
                                const std::string& given);

/// The mechanisms that can do with these credentials, beyond PLAIN and LOGIN.
SMTPD_API Lines mechanisms_for(const StoredPassword& stored);

}  // namespace smtpd
