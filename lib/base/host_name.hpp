#pragma once
/// The machine's name.
#include <string>

#include "lib/base/export.hpp"

namespace smtpd {

/// As gethostname(2) has it; `localhost` if it has none.
SMTPD_API std::string host_name();

}  // namespace smtpd
