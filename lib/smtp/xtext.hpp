#pragma once
/// Text without blanks and control octets, in which others stand as `+HH` (RFC 3461 4).
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/export.hpp"

namespace smtpd {

/// The octets for which `text` stands; none if it is no xtext.
SMTPD_API std::optional<std::string> decode_xtext(std::string_view text);

}  // namespace smtpd
