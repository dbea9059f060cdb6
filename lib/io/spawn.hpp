#pragma once
/// Runs a program to its end: no shell, no search for it, a deadline, bounded output.
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.hpp"
#include "lib/base/error.hpp"
#include "lib/base/export.hpp"

namespace smtpd::io {

/// What a program can read.
struct ProgramInput {
  int descriptor = 0;          ///< where it finds that: 0 to 9 (qmail-queue reads from 0 and 1)
  std::string_view text = {};  ///< fed through a pipe, as far as the program reads it
  int file = -1;  ///< in place of a text: an open file, handed over as it is; not owned
};

/// A program and all that it is given: nothing of this process's environment, and no descriptor but
/// those named here. Without an input, 0 is empty and 1 and 2 are written to.
struct Program {
  std::string path;                           ///< absolute
  std::vector<std::string> arguments = {};    ///< behind its name
  std::vector<std::string> environment = {};  ///< `NAME=value`
  std::vector<ProgramInput> inputs = {};      ///< each with a descriptor of its own
  std::size_t most_output = 65536;            ///< octets; a program that writes more is killed
  Deadline deadline;                          ///< a program that still runs then is killed
};

/// How a program ended.
struct ProgramOutcome {
  int exit_code = -1;  ///< -1 when a signal ended it
  int signal = 0;      ///< that signal, else 0
  std::string output;  ///< what it wrote to descriptor 1
  std::string errors;  ///< what it wrote to descriptor 2, its first 4096 octets
};

/// Runs a program in a process group of its own, with default signals, and waits for its end; what
/// it leaves running in the background is not waited for. Errors: timeout; limit (too much
/// output); both after the whole group was killed. not_found, permission, io (it cannot be started,
/// or the system has no room for it); config (the path is not absolute, there is a NUL in a text,
/// a descriptor is out of range or given twice).
SMTPD_API std::expected<ProgramOutcome, Error> run(const Program& program, const Clock& clock);

/// For checks of a configuration: a sentence about why this process cannot run `path` (not
/// absolute, missing, no regular file, not executable); empty if it can.
SMTPD_API std::string why_not_runnable(const std::string& path);

}  // namespace smtpd::io
