#pragma once
/// What went wrong, for code to branch on and for people to read.
#include <string>

namespace smtpd {

enum class Errc {
  syntax,      ///< malformed input
  too_long,    ///< a documented length was exceeded
  timeout,     ///< the deadline passed
  closed,      ///< the other side is gone, or end of file
  stopped,     ///< the process was asked to end (SIGTERM)
  io,          ///< the operating system refused a read, write, open, fsync ...
  not_found,   ///< no such file, plugin or key
  permission,  ///< access refused, or permissions too open to be trusted
  config,      ///< an administrator's input is wrong
  limit,       ///< a bound on memory or work was reached
  no_room,     ///< the disk, a quota or the largest file (ulimit -f) has no room for it
};

/// The error half of every std::expected in this project.
struct Error {
  Errc code = Errc::io;
  std::string what;  ///< one sentence without a final full stop, fit for a log line
};

/// `Error{Errc::io, "WHAT: strerror(errno)"}` for the current errno; no_room where it says that.
Error system_error(std::string what);

}  // namespace smtpd
