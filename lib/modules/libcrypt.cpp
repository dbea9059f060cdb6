/// crypt(3): the module smtpd-crypt.
#include <crypt.h>

#include <exception>
#include <memory>

#include "lib/crypto/crypt.hpp"

std::string smtpd_crypt(const std::string& password, const std::string& setting) noexcept {
  try {
    char fresh[CRYPT_GENSALT_OUTPUT_SIZE];
    const char* chosen = setting.c_str();
    if (setting.empty()) {
      chosen = ::crypt_gensalt_rn("$y$", 0, nullptr, 0, fresh, sizeof fresh);
      if (!chosen) return {};
    }
    const auto data = std::make_unique<crypt_data>();  // 32 KiB
    const char* const made =
        ::crypt_rn(password.c_str(), chosen, data.get(), static_cast<int>(sizeof *data));
    // A failure is null, or a text that begins with a star.
    return made && *made != '*' ? made : std::string();
  } catch (const std::exception&) {
    return {};
  }
}

extern "C" SMTPD_API std::string smtpd_crypt_library() noexcept {
  return "libxcrypt " XCRYPT_VERSION_STR;
}
