#pragma once
/// Which umask a server has that an administrator checks.
#include <string>
#include <vector>

#include "lib/plugin/connection.hpp"

namespace smtpd {

namespace note {
/// C the core, at --check -> queue/maildir: `MASK WHERE` for each installed unit that serves with
/// this configuration, MASK in octal.
inline constexpr NoteKey<std::vector<std::string>> umasks{"umasks"};
}  // namespace note

struct ServerMask {
  unsigned mask = 0;  ///< what a new file's mode loses
  std::string where;  ///< who says so
};
/// For on_check: those of the units that the check has found, else the one of this process.
std::vector<ServerMask> masks_of_server(const Connection& conn);

}  // namespace smtpd
