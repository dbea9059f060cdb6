/// The module smtpd-idn: what names libidn2.
#include <idn2.h>

#include <memory>

#include "lib/base/export.hpp"
#include "lib/mail/idn.hpp"

SMTPD_API std::expected<std::string, smtpd::Error> smtpd_to_a_labels(const char* domain) noexcept {
  using smtpd::Errc;
  using smtpd::Error;
  char* found = nullptr;
  // Capitals and composed forms are what people mean (RFC 5895); what IDNA2008 forbids stays
  // forbidden.
  const int status = ::idn2_to_ascii_8z(domain, &found, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::unique_ptr<char, void (*)(void*)> name(found, ::idn2_free);
  if (status == IDN2_OK) return std::string(name.get());
  const char* const why = ::idn2_strerror_name(status);
  return std::unexpected(
      Error{Errc::syntax, std::string("domain is no valid name (") + (why ? why : "?") + ')'});
}

extern "C" SMTPD_API std::string smtpd_idn_library() noexcept {
  return std::string("libidn2 ") + ::idn2_check_version(nullptr);
}
