#pragma once
/// The command line beyond `--config-dir DIR`. It is parsed by Boost.ProgramOptions in a module of
/// its own, and what it asks for other than a session is done by another (lib/admin); a session
/// that a super-server starts loads neither.
#include <optional>
#include <string>

#include "lib/session/server.hpp"

namespace smtpd {

enum class Action {
  serve,
  check,
  list_plugins,
  explain,
  show_config,
  show_config_json,
  show_hooks,
};

struct CommandLineResult {
  Options options = {};
  Action action = Action::serve;
  std::string plugin = {};            ///< of Action::explain
  std::optional<int> exit_code = {};  ///< set: print `output` and leave
  std::string output = {};  ///< to standard output if the code is 0, else to standard error
};

/// What the module smtpd-options exports.
using ParseOptions = CommandLineResult (*)(int argc, const char* const* argv) noexcept;

/// The options in `argv`, whose first word is the program. `program_directory` tells where modules
/// are looked for.
CommandLineResult parse_command_line(int argc, const char* const* argv,
                                     std::string (*program_directory)());

/// What an action other than serve says.
struct Printout {
  int exit_code = 0;
  std::string output = {};
  std::string complaints = {};  ///< to standard error
};

/// What the module smtpd-admin exports.
using Administer = Printout (*)(const CommandLineResult& asked, const World& world) noexcept;

/// Does what `asked` says; not Action::serve.
[[gnu::cold]] Printout administer(const CommandLineResult& asked, const World& world);

}  // namespace smtpd
