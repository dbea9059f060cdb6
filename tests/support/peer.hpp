#pragma once
/// [peer] sections: what a fake server expects and says, connection by connection.
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/transcript.hpp"

namespace smtpd::transcript {

/// One line of a peer's script.
struct PeerStep {
  enum class Action { expect_line, expect_octets, say, hang };
  Action action = Action::say;
  Pattern text = {};
  unsigned line = 0;
  std::string source = {};
};

struct PeerScript {
  std::string name;
  unsigned line = 0;     ///< of the section
  bool refuses = false;  ///< nobody listens
  std::vector<std::vector<PeerStep>> connections = {};
};

/// The NAME of `[peer NAME]` and `[peer NAME PATH]`.
std::string peer_name(const Section& section);

/// Errors: the first line that is none.
std::expected<PeerScript, Problem> parse_peer(const Section& section);

/// One connection of a peer: takes what the server under test sends and tells what comes next.
class PeerTalk {
 public:
  enum class Next { say, wait, hang, close, failed };
  PeerTalk(const std::vector<PeerStep>& steps, Variables variables)
      : steps_(steps), variables_(std::move(variables)) {}

  void receive(std::string_view octets) { unread_ += octets; }
  /// With say, the octets are in said().
  Next next();
  std::string said() { return std::exchange(said_, {}); }
  /// What is wrong once the connection is over; none if everything was used.
  std::optional<Problem> finish() const;

 private:
  Next fail(const PeerStep& step, std::string_view came);
  bool expect(const PeerStep& step);

  const std::vector<PeerStep>& steps_;
  Variables variables_;
  std::size_t at_ = 0;
  std::string unread_, said_;
  bool incomplete_ = false;  // the step at hand needs more octets
  std::optional<Problem> problem_;
};

}  // namespace smtpd::transcript
