#pragma once
/// Peers inside this process: what they say is there at once, and where they say nothing the clock
/// moves to the deadline.
#include <list>
#include <optional>
#include <vector>

#include "lib/services/dialer.hpp"
#include "tests/support/peer.hpp"
#include "tests/support/scripted_stream.hpp"

namespace smtpd::transcript {

class FakeDialer final : public Dialer {
 public:
  /// `variables` has the port or the path of each peer under its name.
  FakeDialer(std::vector<PeerScript> scripts, const Variables& variables, ManualClock& clock)
      : scripts_(std::move(scripts)),
        used_(scripts_.size(), 0),
        variables_(variables),
        clock_(clock) {}

  std::expected<std::unique_ptr<io::Stream>, Error> dial(const io::Endpoint& endpoint,
                                                         Deadline deadline) override;
  /// When the session is over: what went wrong, if anything did.
  std::optional<Problem> finish() const;

 private:
  std::vector<PeerScript> scripts_;
  std::vector<std::size_t> used_;  // connections of each script
  Variables variables_;
  ManualClock& clock_;
  std::list<PeerTalk> talks_;
  std::optional<Problem> problem_;
};

}  // namespace smtpd::transcript
