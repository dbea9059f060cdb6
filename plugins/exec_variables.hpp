#pragma once
/// The environment of the programs that exec runs.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/plugin/connection.hpp"

namespace smtpd {

/// Variables by name: what is set last counts.
class Variables {
 public:
  /// What comes from the client has no control octets for a script to stumble over.
  void set(std::string_view name, std::string_view value);
  void set_unless_empty(std::string_view name, std::string_view value) {
    if (!value.empty()) set(name, value);
  }
  /// `NAME=value`.
  std::vector<std::string> list() const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// What the server says to every program, and no program can change.
bool is_reserved(std::string_view name);

/// The client, in the words of tcpserver (http://cr.yp.to/ucspi-tcp/environment.html).
void describe(const Connection& conn, Variables& all);

}  // namespace smtpd
