#include "lib/crypto/crypt.hpp"

#include "lib/base/module.hpp"
#include "lib/crypto/crypto.hpp"

namespace smtpd {

std::expected<bool, Error> is_hash_of(const std::string& hash, const std::string& password) {
  const auto crypt = SMTPD_MODULE_FUNCTION("smtpd-crypt", smtpd_crypt);
  if (!crypt) return std::unexpected(crypt.error());
  const std::string made = hash.empty() ? std::string() : (*crypt)(password, hash);
  if (made.empty()) return std::unexpected(Error{Errc::config, "that is no hash of a password"});
  return equal_in_constant_time(made, hash);
}

std::expected<std::string, Error> hash_password(const std::string& password) {
  const auto crypt = SMTPD_MODULE_FUNCTION("smtpd-crypt", smtpd_crypt);
  if (!crypt) return std::unexpected(crypt.error());
  std::string made = (*crypt)(password, {});
  if (made.empty()) return std::unexpected(Error{Errc::io, "libcrypt makes no hash"});
  return made;
}

}  // namespace smtpd
