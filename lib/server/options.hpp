#pragma once
/// The command line beyond `--config-dir DIR`. It is parsed by Boost.ProgramOptions in a module of
/// its own, and what it asks for other than a session is done by another (lib/admin); a session
/// that a super-server starts loads neither.
#include <optional>
#include <string>

#include "lib/server/server.hpp"

namespace smtpd {

enum class Action {
  serve,
  check,
  check_zones,
  list_plugins,
  explain,
  show_config,
  show_config_json,
  show_hooks,
  hash_password,
  tlsa,
  tell_version,
};

struct CommandLineResult {
  Options options = {};
  Action action = Action::serve;
  std::string plugin = {};  ///< of Action::explain
  std::string form = {};    ///< of Action::hash_password: crypt, scram-sha-1, scram-sha-256
  std::string host = {};    ///< of Action::tlsa
  std::optional<int> exit_code = {};  ///< set: print `output` and leave
  std::string output = {};  ///< to standard output if the code is 0, else to standard error
};

/// The options in `argv`, whose first word is the program; what is unusual is read by the module
/// smtpd-options.
CommandLineResult parse_command_line(int argc, const char* const* argv);

/// What an action other than serve says.
struct Printout {
  int exit_code = 0;
  std::string output = {};
  std::string complaints = {};  ///< to standard error
};

/// Does what `asked` says, which is not Action::serve, by the module smtpd-admin.
Printout administer(const CommandLineResult& asked, Services& services);

}  // namespace smtpd
