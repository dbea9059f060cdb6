#pragma once
/// Times as administrators write them.
#include <optional>
#include <string_view>

#include "lib/base/clock.hpp"
#include "lib/base/export.hpp"

namespace smtpd {

/// A number of seconds from 0 to a day, also with a fraction: `5`, `0.25`. None if it is no such
/// number.
SMTPD_API std::optional<milliseconds> to_duration(std::string_view text);

}  // namespace smtpd
