#pragma once
/// One connection from its start to its end, as main() serves it and as tests do.
#include <optional>
#include <string>
#include <vector>

#include "lib/io/stream.hpp"
#include "lib/services/log.hpp"
#include "lib/services/services.hpp"

namespace smtpd {

/// What the command line says.
struct Options {
  std::string config_dir;  ///< empty: found by find_config() (QPSMTPD_CONFIG, config/ beside the
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

/// The client of a connection.
struct Caller {
  io::Stream& stream;
  std::optional<SocketAddresses> socket = {};  ///< none: descriptor 0 is not a socket
};

/// Serves one connection. Returns the exit code: 0 after a session, 111 when the configuration
/// could not be used or something failed inside the server (421 was sent).
int serve(const Options& options, const Caller& caller, Services& services);

}  // namespace smtpd
