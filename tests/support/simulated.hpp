#pragma once
/// Runs the sessions of a transcript against the real binary, and then each one that `--simulate`
/// can have by that: it has to give the same replies.
#include <map>
#include <string>

#include "tests/support/black_box.hpp"

namespace smtpd::transcript {

class Simulated final : public Driver {
 public:
  /// What has been compared, and what was left out and why, is appended to the file `tally`.
  Simulated(std::string binary, std::string tally)
      : binary_(binary), real_(std::move(binary)), tally_(std::move(tally)) {}

  std::string_view name() const override { return "simulated"; }
  std::optional<std::string> reason_to_skip(const Transcript& transcript) const override {
    return real_.reason_to_skip(transcript);
  }
  Outcome run(const Section& session, Setting& setting) override;
  std::expected<Checkup, std::string> check(const Setting& setting) override {
    return real_.check(setting);
  }
  /// How often each line is in the tally.
  static std::map<std::string, std::size_t> counts(const std::string& tally);

 private:
  std::expected<std::string, std::string> simulate(const std::vector<std::string>& words,
                                                   const Setting& setting) const;
  void note(const std::string& what) const;

  std::string binary_;
  BlackBox real_;
  std::string tally_;
};

}  // namespace smtpd::transcript
