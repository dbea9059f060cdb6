#pragma once
/// The client of `--simulate`: a script that stops where it is refused.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/io/stream.hpp"

namespace smtpd {

/// What the client has said, and what came.
struct Exchanged {
  std::string said;   ///< `RCPT TO:<u@example.com>`; `connects` for the greeting
  std::string reply;  ///< all its lines, with CRLF
  int code = 0;       ///< 0: the server has closed without a word
};

/// Speaks in lock step, waits for nothing and never talks out of turn.
class ScriptedClient final : public io::Stream {
 public:
  struct Listener {
    std::function<void(std::string_view what)> step;   ///< before the client says something
    std::function<void(const Exchanged& done)> reply;  ///< when all of the reply is there
    std::function<void()> greeted;                     ///< after the first EHLO was accepted
  };
  struct Script {
    std::string helo;                     ///< empty: it only connects
    std::string sender;                   ///< a path with its brackets; empty: no MAIL
    std::vector<std::string> recipients;  ///< paths; empty: no RCPT
    std::string message;                  ///< with LF; empty: no DATA
  };
  ScriptedClient(Script script, Listener listener)
      : script_(std::move(script)), listener_(std::move(listener)) {}

  std::expected<std::size_t, Error> read(std::span<char> buffer, Deadline deadline,
                                         Interrupt interrupt) override;
  std::expected<void, Error> write(std::string_view octets, Deadline deadline) override;
  io::Input wait_for_input(Deadline) override { return io::Input::silent; }

  /// The session is over: what the last reply was.
  void end() { take_reply(); }
  /// In their order.
  const std::vector<Exchanged>& exchanged() const { return exchanged_; }

 private:
  enum class Stage : std::uint8_t { connected, greeted, sender, recipients, data, message, quit };
  void take_reply();
  std::string next_command();
  bool goes_on() const;

  Script script_;
  Listener listener_;
  Stage stage_ = Stage::connected;
  std::size_t recipient_ = 0;
  bool any_recipient_ = false;
  std::string said_ = "connects", output_, pending_;
  std::vector<Exchanged> exchanged_;
};

}  // namespace smtpd
