#include "lib/mail/registered_domain.hpp"

#include "lib/base/module.hpp"

namespace smtpd {

std::expected<std::string, Error> registered_domain(std::string_view name, Suffixes of) {
  static const auto find = SMTPD_MODULE_FUNCTION("smtpd-psl", smtpd_registered_domain);
  if (!find) return std::unexpected(find.error());
  return (*find)(std::string(name).c_str(), of);
}

}  // namespace smtpd
