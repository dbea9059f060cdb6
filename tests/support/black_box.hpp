#pragma once
/// Runs the sessions of a transcript against the real binary, each in a process of its own.
#include "tests/support/driver.hpp"

namespace smtpd::transcript {

class BlackBox final : public Driver {
 public:
  /// `patience` bounds every wait for the server.
  explicit BlackBox(std::string binary,
                    std::chrono::milliseconds patience = std::chrono::seconds(10))
      : binary_(std::move(binary)), patience_(patience) {}

  std::string_view name() const override { return "black box"; }
  std::optional<std::string> reason_to_skip(const Transcript& transcript) const override;
  Outcome run(const Section& session, Setting& setting) override;

 private:
  std::string binary_;
  std::chrono::milliseconds patience_;
};

}  // namespace smtpd::transcript
