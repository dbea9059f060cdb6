#pragma once
/// A port of the loopback for each peer of a transcript, kept from other programs.
#include <cstdint>
#include <expected>
#include <map>
#include <string>

#include "lib/base/unique_fd.hpp"

namespace smtpd::transcript {

class PeerPorts {
 public:
  /// The port of that name, new or known. Errors: a sentence.
  std::expected<std::uint16_t, std::string> reserve(const std::string& name);

 private:
  struct Reserved {
    UniqueFd fd;  // bound, and never listening: whoever connects is refused
    std::uint16_t port = 0;
  };
  std::map<std::string, Reserved> reserved_;
};

/// A TCP socket on 127.0.0.1, bound so that another of the same kind may share the port; 0 stands
/// for any port. Null if that is not possible.
UniqueFd bound_socket(std::uint16_t port);
/// A Unix socket at that path. Null if that is not possible.
UniqueFd bound_socket(const std::string& path);

}  // namespace smtpd::transcript
