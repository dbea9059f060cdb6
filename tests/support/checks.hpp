#pragma once
/// What a session left behind: the messages in a folder, the lines of its log.
#include <span>
#include <string>
#include <vector>

#include "tests/support/setting.hpp"

namespace smtpd::transcript {

/// A [mail] section against the folder it names: its `new/` if there is one, else every file below.
Checked check_mail(const Section& section, const Setting& setting);

/// A [log] section against the lines of a session's log.
Checked check_log(const Section& section, std::span<const std::string> log, Setting& setting);

}  // namespace smtpd::transcript
