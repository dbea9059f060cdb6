/// The module smtpd-psl: what names libpsl.
#include <libpsl.h>

#include <memory>

#include "lib/base/export.hpp"
#include "lib/base/freer.hpp"
#include "lib/mail/registered_domain.hpp"

namespace {

using List = std::unique_ptr<psl_ctx_t, smtpd::Freer<psl_free>>;

/// The newer of the system's list and the library's own; read once a process.
const psl_ctx_t* list() {
  static const List list(::psl_latest(nullptr));
  return list.get();
}

}  // namespace

SMTPD_API std::expected<std::string, smtpd::Error> smtpd_registered_domain(
    const char* name, smtpd::Suffixes of) noexcept {
  const psl_ctx_t* const suffixes = list();
  if (!suffixes) {
    return std::unexpected(
        smtpd::Error{smtpd::Errc::config,
                     "there is no list of public suffixes; install the package publicsuffix"});
  }
  const char* const suffix = ::psl_unregistrable_domain(suffixes, name);
  const char* const domain = ::psl_registrable_domain(suffixes, name);
  if (!suffix || !domain) return std::string();
  constexpr int without_star = PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE;
  const bool is_listed = ::psl_is_public_suffix2(suffixes, suffix, without_star) != 0;
  return of == smtpd::Suffixes::any || is_listed ? std::string(domain) : std::string();
}

extern "C" SMTPD_API std::string smtpd_psl_library() noexcept {
  return std::string("libpsl ") + ::psl_get_version();
}
