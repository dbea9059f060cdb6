#pragma once
/// Base64 (RFC 4648 4) as SMTP's authentication has it: no line ends, padding required.
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/export.hpp"

namespace smtpd {

/// With padding, in one line.
SMTPD_API std::string to_base64(std::string_view octets);
/// The octets that have exactly this encoding; none for any other text: white space, missing or
/// early padding, bits left over.
SMTPD_API std::optional<std::string> from_base64(std::string_view text);

}  // namespace smtpd
