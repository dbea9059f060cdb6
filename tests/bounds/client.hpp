#pragma once
/// A client that sends much, and watches how much memory its server takes for it.
#include <cstddef>
#include <string>
#include <string_view>

#include "tests/support/process.hpp"

namespace smtpd::bounds {

class Client {
 public:
  /// Waits for the greeting.
  explicit Client(transcript::ServerProcess server);
  bool greeted() const { return greeted_; }

  /// Sends all of it, or as much as is taken, and reads what comes meanwhile.
  void send(std::string_view octets);
  /// The same, as often as that.
  void send(std::string_view octets, std::size_t times);
  /// Sends without reading a reply.
  void send_deaf(std::string_view octets);
  /// Waits for a reply line that begins so; it and all before it are then forgotten. False: the
  /// server has closed or says nothing more.
  bool expect(std::string_view beginning);
  /// Waits for the end of the connection.
  bool expect_end();
  /// Closes with replies unread: the server's side is reset.
  void reset() { server_.close(); }
  /// True if the server ends by itself with exit code 0.
  bool ends_well();

  /// The peak so far, in KiB (VmHWM).
  std::size_t peak();
  /// Memory of this process alone, in KiB (Pss).
  std::size_t share() const;

 private:
  void look();
  bool receive(int milliseconds);

  transcript::ServerProcess server_;
  std::string received_;
  bool greeted_ = false, ended_ = false;
  std::size_t peak_ = 0;
};

}  // namespace smtpd::bounds
