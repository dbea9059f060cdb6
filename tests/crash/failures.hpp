#pragma once
/// Each system call of the server fails in turn, with each error that it can have.
#include "tests/crash/kill.hpp"

namespace smtpd::crash {

/// One run for each call behind the start of main(), each error of that call, and each of "once"
/// and "from here on". No message may be lost or halved, no reply be missing, no process die by a
/// signal; where mail is put off, the log says why, and the sender's next try delivers it.
void check_failures(const Setup& setup, const Scenario& scenario, const std::vector<Call>& trace);

}  // namespace smtpd::crash
