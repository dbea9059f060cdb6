#pragma once
/// Programs inside this process: those of [program] sections, and no others.
#include <map>
#include <optional>
#include <string>

#include "lib/services/services.hpp"
#include "tests/support/program.hpp"
#include "tests/support/scripted_stream.hpp"

namespace smtpd::transcript {

class FakePrograms final : public Programs {
 public:
  /// `scripts` by the programs' paths.
  FakePrograms(const std::map<std::string, ProgramScript>& scripts, ManualClock& clock)
      : scripts_(scripts), clock_(clock) {}

  std::expected<io::ProgramOutcome, Error> run(const io::Program& program) override;
  /// When the session is over: what went wrong, if anything did.
  const std::optional<std::string>& problem() const { return problem_; }

 private:
  std::expected<io::ProgramOutcome, Error> outcome_of(const io::Program& program,
                                                      ProgramResult result);

  const std::map<std::string, ProgramScript>& scripts_;
  ManualClock& clock_;
  std::optional<std::string> problem_;
};

}  // namespace smtpd::transcript
