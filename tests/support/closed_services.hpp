#pragma once
/// Services without a way out: nobody listens, no program is there.
#include <utility>

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

class ClosedServices {
 public:
  ClosedServices(const Clock& clock, LogSink& log, Environment environment)
      : environment_(std::move(environment)),
        services_{clock, environment_, log, dialer_, programs_, crypto_} {}
  Services& services() { return services_; }

 private:
  Environment environment_;
  NoNetwork dialer_;
  NoPrograms programs_;
  CryptoModule crypto_;
  Services services_;
};

}  // namespace smtpd::transcript
