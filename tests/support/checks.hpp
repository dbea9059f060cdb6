#pragma once
/// What a session left behind: the messages in a folder, the lines of its log.
#include <span>
#include <string>
#include <vector>

#include "tests/support/driver.hpp"

namespace smtpd::transcript {

/// A [mail] section against the folder it names: its `new/` if there is one, else every file below.
Checked check_mail(const Section& section, const Setting& setting);

/// A [log] section against the lines of a session's log.
Checked check_log(const Section& section, std::span<const std::string> log, Setting& setting);

/// A [check] section against what `smtpd --check` says: as a [log], and no problem but those that
/// it has, and the exit code that fits.
Checked check_checkup(const Section& section, const Checkup& checkup, Setting& setting);

}  // namespace smtpd::transcript
