#pragma once
/// The system log's socket. syslog(3) tells nobody when it could not write, and waits for a daemon
/// that does not read.
#include <expected>
#include <string>
#include <string_view>

#include "lib/base/error.hpp"
#include "lib/base/unique_fd.hpp"

namespace smtpd::io {

class LogSocket {
 public:
  /// `path` of a Unix datagram socket, such as /dev/log. Nothing is opened before the first line.
  explicit LogSocket(std::string path) : path_(std::move(path)) {}

  /// Sends one datagram. Connects once more if the daemon was started anew in between. Waits for a
  /// daemon that does not read a quarter of a second, once. Errors: io.
  std::expected<void, Error> send(std::string_view datagram);
  /// Connects, as the first line does. Errors: io.
  std::expected<void, Error> connect();

 private:
  bool wait_for_room();

  std::string path_;
  UniqueFd fd_;
  bool tried_ = false;
  bool stuck_ = false;
};

}  // namespace smtpd::io
