#include "tests/support/fake_resolver.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace smtpd::transcript {

void FakeTransport::send(std::size_t server, std::string_view message, std::uint32_t ticket) {
  using Carrier = FakeDns::Carrier;
  auto response = dns_.respond(message, Carrier::udp, clock_.now());
  if (response.is_truncated) response = dns_.respond(message, Carrier::tcp, clock_.now());
  if (response.octets.empty()) return;
  on_their_way_.push_back(
      {clock_.now() + response.after,
       {.ticket = ticket, .server = server, .octets = std::move(response.octets)}});
}

std::vector<dns::Transport::Arrival> FakeTransport::receive() {
  const auto left =
      std::stable_partition(on_their_way_.begin(), on_their_way_.end(),
                            [&](const OnItsWay& each) { return each.arrives > clock_.now(); });
  std::vector<Arrival> arrivals;
  std::ranges::transform(left, on_their_way_.end(), std::back_inserter(arrivals),
                         [](OnItsWay& each) { return std::move(each.arrival); });
  on_their_way_.erase(left, on_their_way_.end());
  return arrivals;
}

void FakeTransport::wait(Deadline until) {
  const Deadline end = earlier(until, due());
  if (end.is_never()) throw Runaway();
  clock_.move(std::max(end.when() - clock_.now(), SteadyTime::duration::zero()));
}

Deadline FakeTransport::due() {
  Deadline first = Deadline::never();
  for (const OnItsWay& each : on_their_way_) first = earlier(first, Deadline::at(each.arrives));
  return first;
}

std::expected<dns::Resolver*, Error> FakeResolver::get(Config& config, Log& log) {
  if (made_) return made_.get();
  auto settings = dns::read_settings(config, "/nonexistent/resolv.conf");
  if (!settings) return std::unexpected(settings.error());
  made_ = std::make_unique<dns::Resolver>(dns::Resolver::Parts{
      *std::move(settings), std::make_unique<FakeTransport>(dns_, clock_), clock_, log});
  return made_.get();
}

}  // namespace smtpd::transcript
