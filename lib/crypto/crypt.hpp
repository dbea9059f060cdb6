#pragma once
/// Hashes of passwords as crypt(3) makes them (crypt(5): yescrypt, bcrypt, scrypt, SHA-512 ...).
/// What does it links libcrypt and is a module of its own, smtpd-crypt.so, loaded at the first
/// call.
#include <cstddef>
#include <expected>
#include <functional>
#include <map>
#include <string>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"

namespace smtpd {

/// True if `hash` is one of `password`. Errors: config (a method that libcrypt does not have or a
/// hash that is none; no module).
SMTPD_API std::expected<bool, Error> is_hash_of(const std::string& hash,
                                                const std::string& password);
/// Whether texts are hashes at all, for an administrator.
class SMTPD_API HashJudge {
 public:
  /// Errors: config (a method that libcrypt does not have, a hash that is cut or none; no module).
  std::expected<void, Error> judge(const std::string& hash);

 private:
  // How long the part behind the last `$` is, by the method: one hash is made for each, since some
  // take a second.
  std::map<std::string, std::size_t, std::less<>> lengths_;
};
/// A hash of `password` with yescrypt and a salt of its own. Errors: config, io.
SMTPD_API std::expected<std::string, Error> hash_password(const std::string& password);

}  // namespace smtpd

/// What the module exports: the hash of `password` with the method and salt of `setting`, which an
/// empty text chooses anew; empty if it cannot be.
extern "C" SMTPD_API std::string smtpd_crypt(const std::string& password,
                                             const std::string& setting) noexcept;
