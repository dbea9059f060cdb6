#pragma once
/// The bases of plugins that know users' passwords. PLAIN and LOGIN come to them through the hook
/// `password`.
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "lib/base/error.hpp"
#include "lib/kit/passwords.hpp"
#include "lib/plugin/plugin.hpp"

namespace smtpd {

namespace note {
/// Of the connection: who has authenticated, as the store names the user.
inline constexpr NoteKey<std::string> authuser{"authuser"};
}  // namespace note

/// What a store says of a user and a password.
struct PasswordOutcome {
  enum class Kind : std::uint8_t {
    accepted,  ///< it is the user's password
    wrong,     ///< it is not, and no other store is asked
    unknown,   ///< not to this store: the next one is asked
  } kind = Kind::unknown;
  /// If it is accepted, the store's name for the user, empty for the one that was given; else the
  /// reason, for the log.
  std::string text = {};

  static PasswordOutcome accepted(std::string user = {}) {
    return {Kind::accepted, std::move(user)};
  }
  static PasswordOutcome wrong(std::string why) { return {Kind::wrong, std::move(why)}; }
  static PasswordOutcome unknown(std::string why = "unknown user or wrong password") {
    return {Kind::unknown, std::move(why)};
  }
};

/// An error is trouble of the store's. It is never a wrong password: the client gets 454.
using PasswordCheck = std::expected<PasswordOutcome, Error>;

/// A plugin that is asked about users and passwords. It lists the hook `password`.
class SMTPD_API PasswordStore : public Plugin {
 public:
  using Plugin::Plugin;
  Result on_password(Connection& conn, const PasswordAttempt& attempt);

 private:
  /// Whether it is the user's password. The user has no control octets and at most 255 octets, the
  /// password is not empty and has no NUL.
  virtual PasswordCheck check(const std::string& user, const std::string& password) = 0;
};

/// A store that reads passwords, hashes and verifiers and judges by itself. It may list the hook
/// `credentials` too, for CRAM-MD5 and SCRAM.
class SMTPD_API StoredPasswords : public PasswordStore {
 public:
  using PasswordStore::PasswordStore;
  FoundCredentials on_credentials(Connection& conn, std::string_view user);

 private:
  /// None for a user who is not there.
  virtual FoundPassword find(std::string_view user) = 0;
  // Inline: where the first virtual function is that is not, there alone is the type information,
  // which modules want and the binary does without.
  PasswordCheck check(const std::string& user, const std::string& password) final {
    return compare(user, password);
  }
  PasswordCheck compare(const std::string& user, const std::string& password);
};

}  // namespace smtpd
