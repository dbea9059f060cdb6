#pragma once
/// The fake DNS inside this process: the server's own resolver, over a network in which only the
/// clock moves.
#include <memory>
#include <vector>

#include "lib/services/resolver.hpp"
#include "lib/services/services.hpp"
#include "tests/support/fake_dns.hpp"
#include "tests/support/scripted_stream.hpp"

namespace smtpd::transcript {

class FakeTransport final : public dns::Transport {
 public:
  FakeTransport(FakeDns& dns, ManualClock& clock) : dns_(dns), clock_(clock) {}

  void send(std::size_t server, std::string_view message, std::uint32_t ticket) override;
  std::vector<Arrival> receive() override;
  void wait(Deadline until) override;
  std::span<pollfd> descriptors() override { return {}; }
  Deadline due() override;

 private:
  struct OnItsWay {
    SteadyTime arrives;
    Arrival arrival;
  };

  FakeDns& dns_;
  ManualClock& clock_;
  std::vector<OnItsWay> on_their_way_;
};

class FakeResolver final : public ResolverSource {
 public:
  FakeResolver(std::optional<DnsScript> script, ManualClock& clock)
      : dns_(std::move(script)), clock_(clock) {}
  std::expected<dns::Resolver*, Error> get(Config& config, Log& log) override;
  const FakeDns& dns() const { return dns_; }

 private:
  FakeDns dns_;
  ManualClock& clock_;
  std::unique_ptr<dns::Resolver> made_;
};

}  // namespace smtpd::transcript
