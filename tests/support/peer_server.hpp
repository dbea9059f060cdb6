#pragma once
/// A peer as a real server on the loopback, in a thread of its own.
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>

#include "lib/base/unique_fd.hpp"
#include "tests/support/peer.hpp"

namespace smtpd::transcript {

class PeerServer {
 public:
  /// Listens unless the script refuses: on the port of 127.0.0.1 or the path that is the variable
  /// of its name. `patience` bounds every wait within a connection. Errors: a sentence.
  static std::expected<std::unique_ptr<PeerServer>, std::string> start(
      PeerScript script, const Variables& variables, std::chrono::milliseconds patience);
  ~PeerServer() { static_cast<void>(finish()); }
  PeerServer(const PeerServer&) = delete;
  PeerServer& operator=(const PeerServer&) = delete;
  /// When the session is over: what went wrong, if anything did.
  std::optional<Problem> finish();

 private:
  PeerServer(PeerScript script, Variables variables, std::chrono::milliseconds patience)
      : script_(std::move(script)), variables_(std::move(variables)), patience_(patience) {}
  void run();
  std::optional<Problem> serve(const std::vector<PeerStep>& steps, int fd) const;
  /// The next connection; null when the session is over.
  UniqueFd accept() const;

  PeerScript script_;
  Variables variables_;
  std::chrono::milliseconds patience_;
  UniqueFd listener_, stop_;
  std::optional<Problem> problem_;
  std::thread thread_;
};

}  // namespace smtpd::transcript
