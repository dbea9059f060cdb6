#pragma once
/// The command line beyond `--config-dir DIR`. It is parsed by Boost.ProgramOptions in a module of
/// its own, which a session that a super-server starts never loads.
#include <optional>
#include <string>

#include "lib/session/server.hpp"

namespace smtpd {

struct CommandLineResult {
  Options options = {};
  std::optional<int> exit_code = {};  ///< set: print `output` and leave
  std::string output = {};  ///< to standard output if the code is 0, else to standard error
};

/// What the module exports.
using ParseOptions = CommandLineResult (*)(int argc, const char* const* argv) noexcept;

/// The options in `argv`, whose first word is the program. `program_directory` tells where modules
/// are looked for.
CommandLineResult parse_command_line(int argc, const char* const* argv,
                                     std::string (*program_directory)());

}  // namespace smtpd
