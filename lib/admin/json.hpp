#pragma once
/// Strings as JSON writes them.
#include <string>
#include <string_view>

namespace smtpd {

/// `text` as a JSON string with its quotes (RFC 8259 7). Octets that are no UTF-8 become U+FFFD.
std::string to_json(std::string_view text);

}  // namespace smtpd
