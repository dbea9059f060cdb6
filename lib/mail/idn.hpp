#pragma once
/// Internationalized domain names (IDNA2008, RFC 5890): U-labels become A-labels, which is how
/// names are compared here.
#include <expected>
#include <string>
#include <string_view>

#include "lib/base/error.hpp"

namespace smtpd {

/// A domain whose labels are of either kind, in A-labels and lower case: `bücher.example` is
/// `xn--bcher-kva.example`. libidn2 is loaded for it. Errors: syntax (no valid name; a sentence for
/// the client), config (it cannot be loaded).
std::expected<std::string, Error> to_a_labels(std::string_view domain);

}  // namespace smtpd

/// The same; what the module smtpd-idn has. `domain` ends in a NUL.
extern "C" std::expected<std::string, smtpd::Error> smtpd_to_a_labels(const char* domain) noexcept;
