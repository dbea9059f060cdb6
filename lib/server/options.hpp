#pragma once
/// The command line beyond `--config-dir DIR`. It is parsed by Boost.ProgramOptions in a module of
/// its own, and what it asks for other than a session is done by another (lib/admin); a session
/// that a super-server starts loads neither.
#include <optional>
#include <string>
#include <vector>

#include "lib/server/server.hpp"

namespace smtpd {

enum class Action {
  serve,
  check,
  check_zones,
  simulate,
  route_of,
  list_plugins,
  explain,
  show_config,
  show_config_json,
  show_hooks,
  hash_password,
  tlsa,
  tell_version,
};

/// The client of Action::simulate, beside the addresses in Options. What is absent is not said.
struct SimulatedClient {
  std::string local_port = {};             ///< the port that it has come to; may be empty
  std::optional<std::string> helo = {};    ///< absent with a sender: made of the address
  std::optional<std::string> sender = {};  ///< as it stands in MAIL, with or without brackets
  std::vector<std::string> recipients = {};
  std::optional<std::string> message = {};  ///< a file; absent with a recipient: a small one
  std::optional<std::string> user = {};     ///< who has authenticated
  bool tls = false;
  bool brief = false;  ///< the last line alone
};

struct CommandLineResult {
  Options options = {};
  Action action = Action::serve;
  std::string plugin = {};      ///< of Action::explain
  std::string form = {};        ///< of Action::hash_password: crypt, scram-sha-1, scram-sha-256
  std::string host = {};        ///< of Action::tlsa
  std::string address = {};     ///< of Action::route_of
  SimulatedClient client = {};  ///< of Action::simulate
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
