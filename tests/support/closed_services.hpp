#pragma once
/// Services without a way out: nobody listens, no program is there, the DNS does not answer.
#include <memory>
#include <utility>
#include <vector>

#include "lib/services/resolver.hpp"
#include "lib/services/services.hpp"

namespace smtpd::transcript {

class NoNetwork final : public Dialer {
 public:
  std::expected<std::unique_ptr<io::Stream>, Error> dial(const io::Endpoint& endpoint,
                                                         Deadline) override {
    return std::unexpected(Error{Errc::closed, "connect to " + endpoint.text() + ": no network"});
  }
};

class NoPrograms final : public Programs {
 public:
  std::expected<io::ProgramOutcome, Error> run(const io::Program& program) override {
    return std::unexpected(Error{Errc::not_found, "cannot run " + program.path + ": no programs"});
  }
};

class NoTransport final : public dns::Transport {
 public:
  void send(std::size_t server, std::string_view, std::uint32_t ticket) override {
    arrivals_.push_back({.ticket = ticket, .server = server, .octets = {}, .why = "no network"});
  }
  std::vector<Arrival> receive() override { return std::exchange(arrivals_, {}); }
  void wait(Deadline) override {}
  std::span<pollfd> descriptors() override { return {}; }

 private:
  std::vector<Arrival> arrivals_;
};

/// All questions fail, at once.
class NoDns final : public ResolverSource {
 public:
  explicit NoDns(const Clock& clock) : clock_(clock) {}
  std::expected<dns::Resolver*, Error> get(Config&, Log& log) override {
    if (!made_)
      made_ = std::make_unique<dns::Resolver>(
          dns::Resolver::Parts{{.servers = {{*IpAddress::parse("127.0.0.1")}}},
                               std::make_unique<NoTransport>(),
                               clock_,
                               log});
    return made_.get();
  }

 private:
  const Clock& clock_;
  std::unique_ptr<dns::Resolver> made_;
};

class ClosedServices {
 public:
  ClosedServices(const Clock& clock, LogSink& log, Environment environment)
      : environment_(std::move(environment)),
        resolver_(clock),
        services_{clock, environment_, log, dialer_, programs_, crypto_, resolver_} {}
  Services& services() { return services_; }

 private:
  Environment environment_;
  NoNetwork dialer_;
  NoPrograms programs_;
  CryptoModule crypto_;
  NoDns resolver_;
  Services services_;
};

}  // namespace smtpd::transcript
