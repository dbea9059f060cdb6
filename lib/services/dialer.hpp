#pragma once
/// Connections to daemons, real ones or those of a test.
#include <expected>
#include <memory>

#include "lib/base/clock.hpp"
#include "lib/io/dial.hpp"

namespace smtpd {

class Dialer {
 public:
  virtual ~Dialer() = default;
  /// See io::dial. The stream closes the connection when it goes.
  virtual std::expected<std::unique_ptr<io::Stream>, Error> dial(const io::Endpoint& endpoint,
                                                                 Deadline deadline) = 0;
};

/// The machine's network.
class SystemDialer final : public Dialer {
 public:
  explicit SystemDialer(const Clock& clock) : clock_(clock) {}
  std::expected<std::unique_ptr<io::Stream>, Error> dial(const io::Endpoint& endpoint,
                                                         Deadline deadline) override {
    return io::dial(endpoint, deadline, clock_);
  }

 private:
  const Clock& clock_;
};

}  // namespace smtpd
