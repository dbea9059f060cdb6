#pragma once
/// The calendar in UTC, without libc's help: even gmtime_r reads the time zone file.
#include <ctime>

#include "lib/base/clock.hpp"
#include "lib/base/export.hpp"

namespace smtpd {

/// The parts of an instant, all that strftime(3) knows of.
SMTPD_API std::tm utc(WallTime when);

}  // namespace smtpd
