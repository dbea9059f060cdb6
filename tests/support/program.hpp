#pragma once
/// [program] sections: what a program is given, what it prints and how it ends. In process it is
/// played inside the runner; as a black box a file with the section's text is run, whose
/// interpreter is the runner (`transcripts --program`).
#include <expected>
#include <map>
#include <string>
#include <vector>

#include "tests/support/transcript.hpp"

namespace smtpd::transcript {

/// What a program finds when it runs.
struct ProgramFacts {
  std::vector<std::string> arguments = {};  ///< behind its name
  Variables environment = {};
  std::map<int, std::string> inputs = {};  ///< all that there is to read, by descriptor
};

/// `when NAME=GLOB`, `when argument GLOB`, `when input N "OCTETS"`.
struct ProgramCondition {
  enum class About { variable, arguments, input } about = About::variable;
  std::string name = {};  ///< of the variable
  int descriptor = 0;
  Pattern text = {};
};

/// `> TEXT`, `! TEXT` and their like.
struct ProgramOutput {
  enum class What { text, environment, arguments } what = What::text;
  int descriptor = 1;
  Pattern text = {};
};

struct ProgramCase {
  std::vector<ProgramCondition> conditions = {};  ///< all of them hold
  std::vector<ProgramOutput> outputs = {};
  enum class Ending { exits, is_killed, hangs, never_stops_writing } end = Ending::exits;
  int number = 0;  ///< exit code or signal
};

struct ProgramScript {
  std::vector<ProgramCase> cases = {};
  /// The descriptors that its conditions look at.
  std::vector<int> inputs() const;
};

/// What came of it.
struct ProgramResult {
  std::string output = {}, errors = {};
  ProgramCase::Ending end = ProgramCase::Ending::exits;
  int number = 0;
};

/// Errors: the first line that is none.
std::expected<ProgramScript, Problem> parse_program(const std::vector<Line>& lines);
/// The first case that fits. Errors: a sentence, when none does or a variable has no value.
std::expected<ProgramResult, std::string> play(const ProgramScript& script,
                                               const ProgramFacts& facts);

/// `transcripts --program FILE ARGUMENTS...`: is the program whose section FILE has. Returns the
/// exit code, if it gets that far.
int be_program(const std::string& file, std::vector<std::string> arguments);

}  // namespace smtpd::transcript
