#include "lib/services/services.hpp"

#include "lib/base/module.hpp"

extern "C" smtpd::Crypto* smtpd_crypto(unsigned abi) noexcept;

namespace smtpd {

std::expected<Crypto*, Error> CryptoModule::get() {
  if (loaded_) return loaded_;
  const auto entry = SMTPD_MODULE_FUNCTION("smtpd-crypto", smtpd_crypto);
  if (!entry) return std::unexpected(entry.error());
  loaded_ = (*entry)(crypto_abi);
  if (!loaded_)
    return std::unexpected(Error{Errc::config, "smtpd-crypto.so is that of another version"});
  return loaded_;
}

}  // namespace smtpd
