#include "tests/support/fake_dialer.hpp"

#include <algorithm>

namespace smtpd::transcript {
namespace {

class FakePeer final : public io::Stream {
 public:
  FakePeer(PeerTalk& talk, ManualClock& clock) : talk_(talk), clock_(clock) {}

  std::expected<std::size_t, Error> read(std::span<char> buffer, Deadline deadline,
                                         Interrupt) override {
    if (said_.empty()) {
      switch (talk_.next()) {
        case PeerTalk::Next::say: said_ = talk_.said(); break;
        case PeerTalk::Next::wait:
        case PeerTalk::Next::hang: return std::unexpected(time_out(deadline));
        default: return 0;
      }
    }
    const std::size_t length = std::min(buffer.size(), said_.size());
    std::copy_n(said_.begin(), length, buffer.begin());
    said_.erase(0, length);
    return length;
  }
  std::expected<void, Error> write(std::string_view octets, Deadline) override {
    talk_.receive(octets);
    return {};
  }
  io::Input wait_for_input(Deadline deadline) override {
    if (said_.empty() && talk_.next() == PeerTalk::Next::say) said_ = talk_.said();
    if (!said_.empty()) return io::Input::data;
    const auto next = talk_.next();
    if (next != PeerTalk::Next::wait && next != PeerTalk::Next::hang) return io::Input::end;
    time_out(deadline);
    return io::Input::silent;
  }

 private:
  Error time_out(Deadline deadline) {
    if (deadline.is_never()) throw Runaway();
    clock_.move(std::max(deadline.when() - clock_.now(), SteadyTime::duration::zero()));
    return {Errc::timeout, "timeout"};
  }

  PeerTalk& talk_;
  ManualClock& clock_;
  std::string said_;
};

}  // namespace

std::expected<std::unique_ptr<io::Stream>, Error> FakeDialer::dial(const io::Endpoint& endpoint,
                                                                   Deadline) {
  const Error refused{Errc::closed, "connect to " + endpoint.text() + ": Connection refused"};
  const std::string asked =
      endpoint.address == "127.0.0.1" ? std::to_string(endpoint.port) : endpoint.path;
  for (std::size_t i = 0; i < scripts_.size(); ++i) {
    const PeerScript& script = scripts_[i];
    const auto place = variables_.find(script.name);
    if (place == variables_.end() || place->second != asked) continue;
    if (script.refuses) break;
    if (used_[i] == script.connections.size()) {
      problem_ = Problem{script.line, "the peer gets a connection more than it has"};
      break;
    }
    talks_.emplace_back(script.connections[used_[i]++], variables_);
    return std::make_unique<FakePeer>(talks_.back(), clock_);
  }
  return std::unexpected(refused);
}

std::optional<Problem> FakeDialer::finish() const {
  if (problem_) return problem_;
  for (const PeerTalk& talk : talks_) {
    if (auto problem = talk.finish()) return problem;
  }
  for (std::size_t i = 0; i < scripts_.size(); ++i) {
    if (used_[i] < scripts_[i].connections.size())
      return Problem{scripts_[i].line, "the peer has connections that nobody makes"};
  }
  return {};
}

}  // namespace smtpd::transcript
