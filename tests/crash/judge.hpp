#pragma once
/// What must be true of a queue after sessions, whatever happened in them.
#include <string>
#include <vector>

#include "tests/crash/session.hpp"

namespace smtpd::crash {

/// Nothing partial is visible, each accepted message is there as often as it was accepted, one that
/// was put off is not, and of one whose answer did not come there is at most one copy. `answers`:
/// what each session's client was told, the sessions being repetitions of the scenario. Returns
/// what is wrong, as sentences.
std::vector<std::string> judge(const Scenario& scenario, const std::string& folder,
                               const std::vector<std::vector<Delivery>>& answers);

}  // namespace smtpd::crash
