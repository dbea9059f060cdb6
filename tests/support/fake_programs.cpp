#include "tests/support/fake_programs.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace smtpd::transcript {
namespace {

ProgramFacts facts_of(const io::Program& program) {
  ProgramFacts facts{.arguments = program.arguments};
  for (const std::string& entry : program.environment) {
    const auto equals = entry.find('=');
    facts.environment.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  facts.inputs.emplace(STDIN_FILENO, "");
  for (const io::ProgramInput& input : program.inputs)
    facts.inputs[input.descriptor] = std::string(input.text);
  return facts;
}

}  // namespace

std::expected<io::ProgramOutcome, Error> FakePrograms::run(const io::Program& program) {
  const auto script = scripts_.find(program.path);
  if (script == scripts_.end()) {
    if (::access(program.path.c_str(), X_OK) == 0)
      problem_ = program.path + " is a real program; in process only those of [program] are run";
    Error error = system_error("cannot run " + program.path);
    error.code = errno == ENOENT ? Errc::not_found : Errc::permission;
    return std::unexpected(std::move(error));
  }
  auto result = play(script->second, facts_of(program));
  if (result) return outcome_of(program, *std::move(result));
  problem_ = program.path + ": " + result.error();
  return std::unexpected(Error{Errc::io, *problem_});
}

std::expected<io::ProgramOutcome, Error> FakePrograms::outcome_of(const io::Program& program,
                                                                  ProgramResult result) {
  constexpr std::size_t most_errors = 4096;  // as io::run keeps
  if (result.end == ProgramCase::Ending::never_stops_writing ||
      result.output.size() > program.most_output)
    return std::unexpected(Error{Errc::limit, program.path + " writes too much"});
  if (result.end == ProgramCase::Ending::hangs) {
    if (program.deadline.is_never()) throw Runaway();
    clock_.move(std::max(program.deadline.when() - clock_.now(), SteadyTime::duration::zero()));
    return std::unexpected(Error{Errc::timeout, program.path + " takes too long"});
  }
  result.errors.resize(std::min(result.errors.size(), most_errors));
  const bool killed = result.end == ProgramCase::Ending::is_killed;
  return io::ProgramOutcome{.exit_code = killed ? -1 : result.number,
                            .signal = killed ? result.number : 0,
                            .output = std::move(result.output),
                            .errors = std::move(result.errors)};
}

}  // namespace smtpd::transcript
