#pragma once
/// Where the lines of a log go: a file that may be named after the time, or a program's standard
/// input.
#include <sys/types.h>

#include <cstddef>
#include <ctime>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.hpp"
#include "lib/base/error.hpp"
#include "lib/base/unique_fd.hpp"

namespace smtpd::io {

/// `format` with the local time in strftime(3)'s conversions. What is longer than 1023 octets is
/// empty.
std::string format_time(const std::string& format, WallTime when);

class LogFile {
 public:
  struct Target {
    std::string name;  ///< of the file, with strftime's conversions, `%i` being the session's id;
                       ///< or a program's path
    std::vector<std::string> arguments = {};  ///< of the program
    bool is_program = false;
    bool keeps_name = false;  ///< the file that was opened first is used to the end
  };
  /// Nothing is opened before the first line.
  LogFile(Target target, const Clock& clock) : target_(std::move(target)), clock_(clock) {}
  LogFile(LogFile&& other) = delete;
  /// A program may take a second to read what it was given.
  ~LogFile();

  /// Appends `line` and a line end by one write, so that lines of several processes do not mix.
  /// Waits for nobody but a program that reads slowly, and for that a quarter of a second once.
  /// Errors: io; the line may be there in part then, and the next one begins a new line.
  std::expected<void, Error> append(std::string_view line, std::string_view session);
  /// For checks of a configuration: a sentence about why this process could not write there now;
  /// empty if it can. Neither makes a file nor runs the program.
  std::string why_not_writable() const;

 private:
  std::expected<void, Error> open(std::string_view session);
  std::expected<void, Error> start();
  bool wait_for_room();

  Target target_;
  const Clock& clock_;
  std::string name_;           // of the file that fd_ is
  std::time_t looked_at_ = 0;  // when the name was made last
  UniqueFd fd_;
  pid_t program_ = -1;
  bool tried_ = false;  // to open name_, or to start the program
  bool cut_ = false;    // the last line has no end
  bool stuck_ = false;  // the program does not read
};

}  // namespace smtpd::io
