#pragma once
/// One connection from its start to its end, as main() serves it and as tests do.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/clock.hpp"
#include "lib/io/stream.hpp"
#include "lib/services/dialer.hpp"
#include "lib/services/environment.hpp"
#include "lib/services/log.hpp"

namespace smtpd {

/// What the command line says.
struct Options {
  std::string config_dir;  ///< empty: found as design says (QPSMTPD_CONFIG, config/ beside the
                           ///< binary, /etc/smtpd)
  std::optional<std::string> remote_ip = {}, remote_host = {},
                             local_ip = {};   ///< override what the environment says
  std::optional<Level> log_level = {};        ///< overrides config loglevel
  std::vector<std::string> plugin_dirs = {};  ///< before those of config plugin_dirs
};

/// Addresses of descriptor 0, when it is a socket; empty texts where they are no Internet
/// addresses.
struct SocketAddresses {
  std::string remote_ip, remote_port, local_ip, local_port;
};

/// What surrounds a session.
struct World {
  io::Stream& stream;
  const Clock& clock;
  LogSink& log;
  Environment environment = {};
  std::optional<SocketAddresses> socket = {};  ///< none: descriptor 0 is not a socket
  Dialer* dialer = nullptr;                    ///< of plugins; null: the machine's network
};

/// Serves one connection. Returns the exit code: 0 after a session, 111 when the configuration
/// could not be used or something failed inside the server (421 was sent).
int serve(const Options& options, const World& world);

}  // namespace smtpd
