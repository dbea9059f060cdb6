#include "lib/mail/idn.hpp"

#include "lib/base/module.hpp"

namespace smtpd {

std::expected<std::string, Error> to_a_labels(std::string_view domain) {
  const auto convert = SMTPD_MODULE_FUNCTION("smtpd-idn", smtpd_to_a_labels);
  if (!convert) return std::unexpected(convert.error());
  return (*convert)(std::string(domain).c_str());
}

}  // namespace smtpd
