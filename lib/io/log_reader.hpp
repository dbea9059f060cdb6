#pragma once
/// A program that runs beside the session and reads the log on its standard input.
#include <sys/types.h>

#include <expected>
#include <string>
#include <vector>

#include "lib/base/error.hpp"
#include "lib/base/unique_fd.hpp"

namespace smtpd::io {

struct LogReader {
  pid_t pid = -1;
  UniqueFd input;  ///< what is written there, without waiting, is on its standard input
};

/// Starts a program at an absolute path. Its standard output goes where errors go, so that the
/// client's connection is not its own. Errors: io.
std::expected<LogReader, Error> start_log_reader(const std::string& path,
                                                 const std::vector<std::string>& arguments);

/// Waits for its end when its input is closed; after a second it is left to init.
void leave_log_reader(pid_t pid) noexcept;

}  // namespace smtpd::io
