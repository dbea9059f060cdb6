#pragma once
/// A script as the server's stream: every wait of the server moves the script on, in one thread and
/// without sleeping.
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "lib/io/stream.hpp"
#include "tests/support/dialogue.hpp"
#include "tests/support/sasl_client.hpp"

namespace smtpd::transcript {

/// Moves when it is told to; the wall clock starts at 2026-01-02 03:04:05 UTC.
class ManualClock final : public Clock {
 public:
  SteadyTime now() const override { return now_; }
  WallTime wall() const override;
  void move(std::chrono::nanoseconds by) {
    now_ += std::chrono::duration_cast<SteadyTime::duration>(by);
  }

 private:
  static constexpr SteadyTime start{std::chrono::hours(1)};
  SteadyTime now_ = start;
};

/// Thrown out of a server that goes on and on after its stream has failed.
struct Runaway {};

class ScriptedStream final : public io::Stream {
 public:
  ScriptedStream(std::span<const Step> steps, Dialogue& dialogue, ManualClock& clock,
                 const Setting& setting)
      : steps_(steps), dialogue_(dialogue), clock_(clock), setting_(setting) {}

  std::expected<std::size_t, Error> read(std::span<char> buffer, Deadline deadline,
                                         Interrupt interrupt) override;
  std::expected<void, Error> write(std::string_view octets, Deadline deadline) override;
  io::Input wait_for_input(Deadline deadline) override;
  void set_meanwhile(io::Meanwhile* work) override { meanwhile_ = work; }

  bool has_failed() const { return failure_.has_value(); }
  /// After the server has returned: what went wrong, if anything did. `line` is the session's.
  std::optional<Failure> finish(unsigned line);

 private:
  enum class Wait { read, look };
  enum class Next { data, end, reset, silent, failed };
  enum class Client { talks, has_closed_its_side, gone, has_reset };

  Next next(Deadline deadline, Wait wait);
  /// Does the step at hand; none if there is nothing yet for the server.
  std::optional<Next> perform(const Step& step, Deadline deadline, Wait wait);
  std::optional<Next> expect(const Step& step, Deadline deadline);
  std::optional<Next> authenticate(const Step& step, Deadline deadline);
  void say(std::string line);
  Next stall(const Step& step, Deadline deadline);
  /// Moves the clock, and on the way does what is due meanwhile.
  void move_clock(SteadyTime::duration time);
  Next fail(Failure failure);
  void begin_handshake(const Step& step);
  std::optional<Next> shake_hands(const Step& step, Deadline deadline);
  /// What the client has for the server now, behind what that has not read yet.
  void add_tls_output();
  void load_chunk();
  void leave();
  /// Bounds what a server can do without getting any further.
  bool idles_too_long();
  unsigned line_at_hand() const;

  std::span<const Step> steps_;
  Dialogue& dialogue_;
  ManualClock& clock_;
  const Setting& setting_;
  std::size_t at_ = 0;              // the step at hand
  std::string chunk_;               // what the client has written
  std::size_t taken_ = 0;           // how much of it the server has read
  std::optional<SaslClient> sasl_;  // while a step A: is at hand
  Client client_ = Client::talks;
  std::size_t idle_ = 0;  // calls since the last step
  std::size_t written_ = 0;
  std::optional<Failure> failure_;
  std::unique_ptr<TlsClient> tls_;
  io::Meanwhile* meanwhile_ = nullptr;
};

}  // namespace smtpd::transcript
