/// How the binary reaches its cryptography.
#include "lib/crypto/crypto.hpp"

#include "lib/base/module.hpp"

extern "C" smtpd::Crypto* smtpd_crypto(unsigned abi) noexcept;

namespace smtpd {

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  // A compiler that saw through it could leave the loop early.
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<unsigned char>(difference | static_cast<unsigned char>(a[i] ^ b[i]));
  }
  return difference == 0;
}

std::expected<Crypto*, Error> load_crypto() {
  const auto entry = SMTPD_MODULE_FUNCTION("smtpd-crypto", smtpd_crypto);
  if (!entry) return std::unexpected(entry.error());
  Crypto* const crypto = (*entry)(crypto_abi);
  if (!crypto)
    return std::unexpected(Error{Errc::config, "smtpd-crypto.so is that of another version"});
  return crypto;
}

}  // namespace smtpd
