#pragma once
/// The real binary as a child: a socket pair or two pipes on its descriptors 0 and 1, its log in a
/// file.
#include <sys/types.h>

#include <chrono>
#include <expected>
#include <map>
#include <string>
#include <vector>

#include "lib/base/unique_fd.hpp"

namespace smtpd::transcript {

class ServerProcess {
 public:
  struct Start {
    std::string binary;
    std::vector<std::string> arguments = {};
    std::map<std::string, std::string> environment = {};  ///< nothing else is set
    std::string error_file;                               ///< standard error is appended to it
    bool pipes = false;                                   ///< descriptor 0 is no socket
  };
  /// Errors: a sentence. A binary that cannot be executed is only seen by its exit code, 127.
  static std::expected<ServerProcess, std::string> start(const Start& start);

  ServerProcess(ServerProcess&& other) noexcept;
  ServerProcess& operator=(ServerProcess&&) = delete;
  /// Kills what still runs.
  ~ServerProcess();

  pid_t id() const { return child_; }
  int to_server() const { return to_.get(); }
  int from_server() const { return from_ ? from_.get() : to_.get(); }
  /// The server reads an end of file; what it sends can still be read.
  void close_input();
  void close();

  /// All that it writes until it closes its side. Errors: it says nothing for so long.
  std::expected<std::string, std::string> read_all(std::chrono::milliseconds patience) const;
  /// The exit code. Errors: the signal that ended it, or that it has not ended within `patience`.
  std::expected<int, std::string> wait(std::chrono::milliseconds patience);

 private:
  ServerProcess() = default;
  UniqueFd to_, from_;  // a socket is to_ alone
  pid_t child_ = -1;
};

}  // namespace smtpd::transcript
