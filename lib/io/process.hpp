#pragma once
/// What the module smtpd-process exports: hardly any session runs a program.
#include <sys/types.h>

#include <expected>
#include <string>
#include <vector>

#include "lib/base/clock.hpp"
#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/base/unique_fd.hpp"
#include "lib/io/spawn.hpp"

namespace smtpd::io {

using Ran = std::expected<ProgramOutcome, Error>;

/// A program that runs beside the session and reads what it is given.
struct Reader {
  pid_t pid = -1;
  UniqueFd input;  ///< what is written there, without waiting, is on its standard input
};
using Started = std::expected<Reader, Error>;

}  // namespace smtpd::io

/// See io::run().
extern "C" SMTPD_API smtpd::io::Ran smtpd_run_program(const smtpd::io::Program& program,
                                                      const smtpd::Clock& clock) noexcept;
/// Starts a program at an absolute path. Its standard output goes where errors go, so that the
/// client's connection is not its own. Errors: io.
extern "C" SMTPD_API smtpd::io::Started smtpd_start_reader(
    const std::string& path, const std::vector<std::string>& arguments) noexcept;
/// Waits for its end behind the end of its input, which is closed; after a second it is left to
/// init.
extern "C" SMTPD_API void smtpd_leave_reader(pid_t pid) noexcept;
