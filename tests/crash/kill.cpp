#include "tests/crash/kill.hpp"

#include <algorithm>

#include "tests/crash/durability.hpp"
#include "tests/crash/judge.hpp"
#include "tests/support/folder.hpp"

namespace smtpd::crash {
namespace {

using transcript::Folder;

/// The first call of the session: what comes before it is the program's start.
std::vector<Call>::const_iterator session_begin(const std::vector<Call>& trace) {
  return std::ranges::find_if(trace, [](const Call& call) {
    const auto fd = Call::descriptor(call.arguments);
    return (call.name == "write" && fd && fd->number == 2) || call.name == "sendto";
  });
}

/// What the killed process has left is recognised as such.
void check_sweep(const Scenario& scenario, const std::string& folder,
                 std::vector<std::string>& wrong) {
  for (const Message& message : scenario.messages) {
    for (const std::string& place : scenario.queue->places(message))
      scenario.queue->sweep(folder, place);
  }
  for (const std::string& file : scenario.queue->leftovers(folder))
    wrong.push_back("never removed: " + file);
}

/// One point: killed there, then the same messages once more.
void kill_at(const Setup& setup, const Scenario& scenario, const Call& call) {
  const std::string number = std::to_string(call.number);
  const std::string title = scenario.name + ": killed at " + call.name + " number " + number;
  const Folder folder;
  if (const auto ready = prepare(scenario, folder.path()); !ready)
    return setup.report.add(title, {ready.error()});
  const auto killed =
      traced(setup.tools, scenario, folder.path(), {{call.name, "signal=KILL", number}});
  if (!killed) return setup.report.add(title, {killed.error()});
  std::vector<std::string> wrong = judge(scenario, folder.path(), {killed->answers});
  if (killed->ended != "the server was killed by SIGKILL")
    wrong.push_back("it was not killed there: " + killed->ended);
  const auto again = traced(setup.tools, scenario, folder.path());
  if (!again) return setup.report.add(title, {again.error()});
  if (!again->complete()) {
    wrong.push_back("the next session does not deliver");
    return setup.report.add(title, wrong, &*again);
  }
  for (std::string& what : judge(scenario, folder.path(), {killed->answers, again->answers}))
    wrong.push_back("after the next session: " + what);
  Durability durability(*scenario.queue, folder.path());
  durability.follow(killed->trace);
  durability.follow(again->trace);
  wrong.insert(wrong.end(), durability.faults().begin(), durability.faults().end());
  check_sweep(scenario, folder.path(), wrong);
  setup.report.add(title, wrong, &*killed);
}

/// Returns the trace; empty if there is none.
std::vector<Call> check_one_order(const Setup& setup, const Scenario& scenario) {
  const std::string title = scenario.name + ": order";
  const Folder folder;
  if (const auto ready = prepare(scenario, folder.path()); !ready) {
    setup.report.add(title, {ready.error()});
    return {};
  }
  const auto outcome = traced(setup.tools, scenario, folder.path());
  if (!outcome) {
    setup.report.add(title, {outcome.error()});
    return {};
  }
  std::vector<std::string> wrong = judge(scenario, folder.path(), {outcome->answers});
  if (!outcome->complete()) wrong.emplace_back("the session does not deliver everything");
  if (!scenario.queue->leftovers(folder.path()).empty())
    wrong.push_back("it leaves " + scenario.queue->leftovers(folder.path()).front());
  Durability durability(*scenario.queue, folder.path());
  durability.follow(outcome->trace);
  wrong.insert(wrong.end(), durability.faults().begin(), durability.faults().end());
  setup.report.add(title, wrong, &*outcome);
  return outcome->trace;
}

}  // namespace

std::vector<Call> check_order(const Setup& setup, const Scenario& scenario) {
  // About one session in a hundred also sweeps what others have left: what is killed later does
  // not.
  constexpr int attempts = 5;
  std::vector<Call> trace;
  for (int i = 0; i < attempts; ++i) {
    std::vector<Call> other = check_one_order(setup, scenario);
    if (std::ranges::equal(trace, other, {}, &Call::name, &Call::name)) break;
    trace = std::move(other);
  }
  return trace;
}

void check_kills(const Setup& setup, const Scenario& scenario, const std::vector<Call>& trace) {
  const std::vector<Call> calls(session_begin(trace), trace.end());
  setup.report.in_parallel(setup.jobs, calls.size(),
                           [&](std::size_t i) { kill_at(setup, scenario, calls[i]); });
}

}  // namespace smtpd::crash
