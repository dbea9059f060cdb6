#pragma once
/// Names of hosts as SMTP has them (RFC 5321 4.1.2, 4.1.3).
#include <string>
#include <string_view>

#include "lib/base/export.hpp"

namespace smtpd {

/// A domain or an address literal of any text: U-labels become A-labels, what may not stand in a
/// label a hyphen. A text that is one already stays as it is.
SMTPD_API std::string as_host(std::string_view text);

}  // namespace smtpd
