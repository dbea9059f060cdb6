/// How the binary reaches its cryptography.
#include "lib/crypto/crypto.hpp"

#ifdef SMTPD_STATIC
extern "C" smtpd::Crypto* smtpd_crypto(unsigned abi) noexcept;
#else
#include <dlfcn.h>
#endif

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

#ifdef SMTPD_STATIC
std::expected<Crypto*, Error> load_crypto(const std::string&) { return smtpd_crypto(crypto_abi); }
#else
std::expected<Crypto*, Error> load_crypto(const std::string& module_directory) {
  if (module_directory.empty()) {
    return std::unexpected(
        Error{Errc::not_found, "without /proc the module smtpd-crypto is not found"});
  }
  const std::string path = module_directory + "/smtpd-crypto.so";
  void* const loaded = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!loaded) return std::unexpected(Error{Errc::not_found, ::dlerror()});
  const auto entry = reinterpret_cast<CryptoEntry>(::dlsym(loaded, "smtpd_crypto"));
  Crypto* const crypto = entry ? entry(crypto_abi) : nullptr;
  if (!crypto)
    return std::unexpected(Error{Errc::config, path + " is the module of another version"});
  return crypto;
}
#endif

}  // namespace smtpd
