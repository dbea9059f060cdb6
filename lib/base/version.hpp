#pragma once
#include <string_view>

namespace smtpd {

/// The release that this source becomes; NEWS has the history.
inline constexpr std::string_view version = "0.1.0";

}  // namespace smtpd
