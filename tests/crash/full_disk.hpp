#pragma once
/// Real file systems that are full. Needs root, for mounting; skipped by name otherwise.
#include "tests/crash/kill.hpp"

namespace smtpd::crash {

/// Delivers to file systems with every amount of room from none to enough. Whatever does not fit is
/// put off with 452, a reason in the log and nothing left behind, and is delivered once
/// there is room. Moves this process into a mount namespace of its own.
void check_full_disk(const Setup& setup);

}  // namespace smtpd::crash
