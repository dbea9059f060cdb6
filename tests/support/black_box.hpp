#pragma once
/// Runs the sessions of a transcript against the real binary, each in a process of its own.
#include "tests/support/driver.hpp"
#include "tests/support/process.hpp"

namespace smtpd::transcript {

class BlackBox final : public Driver {
 public:
  enum class Binary {
    loads_modules,  ///< the usual one
    is_static       ///< has only its own plugins
  };
  /// `patience` bounds every wait for the server.
  explicit BlackBox(std::string path, Binary binary = Binary::loads_modules,
                    std::chrono::milliseconds patience = std::chrono::seconds(10))
      : path_(std::move(path)), binary_(binary), patience_(patience) {}

  std::string_view name() const override {
    return binary_ == Binary::is_static ? "static binary" : "black box";
  }
  std::optional<std::string> reason_to_skip(const Transcript& transcript) const override;
  Outcome run(const Section& session, Setting& setting) override;
  std::expected<Checkup, std::string> check(const Setting& setting) override;

 private:
  ServerProcess::Start start_of(const Setting& setting) const;

  std::string path_;
  Binary binary_;
  std::chrono::milliseconds patience_;
};

}  // namespace smtpd::transcript
