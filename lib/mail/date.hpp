#pragma once
/// Dates as mail programs write them into header fields (RFC 5322 3.3 and 4.3).
#include <chrono>
#include <optional>
#include <string_view>

#include "lib/base/export.hpp"

namespace smtpd {

/// The instant that the value of a Date field names; none if it names none (a 31st of February) or
/// cannot be read. Comments, folds, a missing or wrong day name, missing seconds and the obsolete
/// forms of RFC 5322 4.3 are understood, and also months in full, a missing zone (UTC), and the
/// order of C's asctime (`Fri Jan  2 03:04:05 2026`).
SMTPD_API std::optional<std::chrono::sys_seconds> parse_mail_date(std::string_view value);

}  // namespace smtpd
