#pragma once
/// The one door to the world outside a session: what a test or a rehearsal replaces stands here,
/// and nothing else reaches out by itself.
#include <expected>
#include <memory>

#include "lib/base/clock.hpp"
#include "lib/crypto/crypto.hpp"
#include "lib/io/spawn.hpp"
#include "lib/services/dialer.hpp"
#include "lib/services/environment.hpp"
#include "lib/services/log.hpp"

namespace smtpd {

class Config;
class Rehearsal;
namespace dns {
class Resolver;
}

/// Runs other programs to their end.
class Programs {
 public:
  virtual ~Programs() = default;
  /// See io::run.
  virtual std::expected<io::ProgramOutcome, Error> run(const io::Program& program) = 0;
};

/// Cryptography, which costs something to load.
class CryptoSource {
 public:
  virtual ~CryptoSource() = default;
  /// Loaded by the first call; stays until the process ends. Errors: config.
  virtual std::expected<Crypto*, Error> get() = 0;
};

/// Questions to the DNS, which cost something to load.
class ResolverSource {
 public:
  virtual ~ResolverSource() = default;
  /// The resolver of this session, made by the first call from config resolver; stays until the
  /// process ends. What it is given outlives its use. Errors: config, io.
  virtual std::expected<dns::Resolver*, Error> get(Config& config, Log& log) = 0;
};

/// Made once, by main() or by a test, and handed down by reference; what it refers to outlives all
/// that use it.
struct Services {
  const Clock& clock;
  const Environment& environment;
  LogSink& log;  ///< where the built-in logger writes
  Dialer& dialer;
  Programs& programs;
  CryptoSource& crypto;
  ResolverSource& resolver;
  Rehearsal* rehearsal = nullptr;  ///< null in a session

  /// The same with another place for the log.
  Services with_log(LogSink& other) const {
    return {clock, environment, other, dialer, programs, crypto, resolver, rehearsal};
  }
};

class SystemPrograms final : public Programs {
 public:
  explicit SystemPrograms(const Clock& clock) : clock_(clock) {}
  std::expected<io::ProgramOutcome, Error> run(const io::Program& program) override {
    return io::run(program, clock_);
  }

 private:
  const Clock& clock_;
};

/// From the module smtpd-crypto, or the one that is linked in.
class CryptoModule final : public CryptoSource {
 public:
  SMTPD_API std::expected<Crypto*, Error> get() override;

 private:
  Crypto* loaded_ = nullptr;
};

/// Over the module smtpd-dns, or what is linked in.
class ResolverModule final : public ResolverSource {
 public:
  SMTPD_API explicit ResolverModule(const Clock& clock);
  SMTPD_API ~ResolverModule() override;
  std::expected<dns::Resolver*, Error> get(Config& config, Log& log) override;

 private:
  const Clock& clock_;
  std::unique_ptr<dns::Resolver> made_;
};

/// The machine's own: clocks, environment, network, programs; the log goes to descriptor 2.
class SystemServices {
 public:
  Services& services() { return services_; }

 private:
  SystemClock clock_;
  Environment environment_;
  StderrSink log_;
  SystemDialer dialer_{clock_};
  SystemPrograms programs_{clock_};
  CryptoModule crypto_;
  ResolverModule resolver_{clock_};
  Services services_{clock_, environment_, log_, dialer_, programs_, crypto_, resolver_, nullptr};
};

}  // namespace smtpd
