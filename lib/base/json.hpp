#pragma once
/// JSON texts (RFC 8259).
#include <cstddef>
#include <string>
#include <string_view>

#include "lib/base/export.hpp"

namespace smtpd {

/// `text` as a JSON string with its quotes, behind `into`. Control characters and DEL are escaped;
/// an octet that does not belong to well-formed UTF-8 becomes U+FFFD. With more than `most` octets
/// between the quotes it ends earlier, with `...`.
SMTPD_API void append_json(std::string& into, std::string_view text,
                           std::size_t most = std::string_view::npos);

}  // namespace smtpd
