#pragma once
/// A fake DNS: answers messages from a script, in process and as a black box alike.
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.hpp"
#include "tests/support/dns_script.hpp"

namespace smtpd::transcript {

class FakeDns {
 public:
  /// Without a script nothing may be asked.
  explicit FakeDns(std::optional<DnsScript> script) : script_(std::move(script)) {}

  enum class Carrier { udp, tcp };
  struct Response {
    std::string octets = {};  ///< empty: it says nothing
    std::chrono::milliseconds after{0};
    bool is_truncated = false;
  };
  /// What it says to that message.
  Response respond(std::string_view message, Carrier carrier, SteadyTime now);
  /// The questions, `NAME TYPE`, each as often as it was asked. One that is sent anew before it
  /// has an answer that counts is one.
  std::vector<std::string> asked() const;
  /// What went wrong, if anything did: a question without a script.
  const std::optional<std::string>& problem() const { return problem_; }

 private:
  struct Asked {
    std::size_t times = 0;
    SteadyTime settled = SteadyTime::max();  // from when on it counts anew
  };

  std::optional<DnsScript> script_;
  std::map<std::string, Asked> asked_;
  std::optional<std::string> problem_;
};

}  // namespace smtpd::transcript
