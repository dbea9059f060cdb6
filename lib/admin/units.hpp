#pragma once
/// The units of systemd that start this server, as far as `--check` looks at them (systemd.unit(5),
/// systemd.exec(5)).
#include <string>
#include <vector>

#include "lib/services/environment.hpp"

namespace smtpd {

/// A service whose ExecStart runs smtpd with one directory of configuration.
struct ServiceUnit {
  std::string config;    ///< that directory
  unsigned umask = 022;  ///< as systemd has it unless the unit says another
  std::string where;     ///< `UMask= in FILE`, or the unit's file
};

/// The units smtpd*.service with their drop-ins, in the directories of $SYSTEMD_UNIT_PATH or
/// systemd's own; those that are masked or cannot be read are left out.
std::vector<ServiceUnit> service_units(const Environment& environment);

}  // namespace smtpd
