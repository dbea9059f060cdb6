#pragma once
/// The server is killed at each of its system calls in turn.
#include "tests/crash/report.hpp"
#include "tests/crash/session.hpp"

namespace smtpd::crash {

struct Setup {
  Tools tools;
  unsigned jobs = 2;
  Report& report;
};

/// A whole session: everything is delivered, and in an order that a power failure cannot hurt.
/// Repeated until two sessions make the same calls. Returns the trace, from which the points are
/// taken; empty if even that failed.
std::vector<Call> check_order(const Setup& setup, const Scenario& scenario);

/// One run for each call from the connection's first log line or reply on, each followed by a
/// second session in the same queue: the sender tries again.
void check_kills(const Setup& setup, const Scenario& scenario, const std::vector<Call>& trace);

}  // namespace smtpd::crash
