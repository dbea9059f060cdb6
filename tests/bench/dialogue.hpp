#pragma once
/// One SMTP client session as a state machine without input or output: `load` drives it over many
/// sockets at once, `start` over one.

#include <chrono>
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace smtpd::bench {

using SteadyClock = std::chrono::steady_clock;
using TimePoint = SteadyClock::time_point;

/// Microseconds from `from` to `to`.
double microseconds(TimePoint from, TimePoint to);

/// A message of at least `octets` octets, as it goes over the wire: lines of 78 octets, final dot
/// included.
std::string make_message(std::size_t octets);

/// What every session of a run sends.
struct Plan {
  std::string message;         ///< as make_message() returns it
  std::size_t messages = 1;    ///< in one session
  std::size_t recipients = 1;  ///< of each message
  std::size_t batch = 1;       ///< RCPT commands that go out together; all else is in lock step
};

/// Durations that sessions add to, in microseconds.
struct Samples {
  std::vector<double> transfer;   ///< of a message, from its 354 to its 250
  std::vector<double> message;    ///< of a whole transaction: a session's mean
  std::vector<double> recipient;  ///< of one RCPT: a transaction's mean
};

class Dialogue {
 public:
  /// Both outlive the dialogue.
  Dialogue(const Plan& plan, Samples& samples) : plan_(&plan), samples_(&samples) {}

  /// Takes what the server sent. The error says what was expected and what came instead.
  std::expected<void, std::string> receive(std::string_view octets);

  /// What to write next; empty while the server has to answer first. Valid until the next call.
  std::string_view to_send() const;
  /// Tells that the first `count` octets of to_send() are written.
  void sent(std::size_t count);

  bool has_greeting() const { return step_ != Step::banner; }
  bool is_closing() const { return step_ >= Step::quit; }  ///< QUIT is due or sent
  bool is_complete() const { return step_ == Step::end; }  ///< QUIT is answered
  std::size_t accepted() const { return accepted_; }       ///< messages answered by 250
  std::string_view step_name() const;

 private:
  enum class Step { banner, ehlo, mail, rcpt, data, content, quit, end };

  std::expected<void, std::string> take_line(std::string_view line);
  void advance();
  void say(std::string_view command, Step step);
  void say_mail();
  void say_recipients();
  void take_recipient();
  void take_message();

  const Plan* plan_;
  Samples* samples_;
  Step step_ = Step::banner;
  std::string partial_line_;
  std::string commands_;      // the part of them that is not written yet
  std::string_view content_;  // the part of the message that is not written yet
  std::size_t accepted_ = 0;
  std::size_t asked_ = 0;     // recipients of this transaction: named to the server
  std::size_t answered_ = 0;  // and answered by it
  TimePoint messages_start_, recipients_start_, transfer_start_;
};

}  // namespace smtpd::bench
