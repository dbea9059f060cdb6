#pragma once
/// One session of a scenario: the server under strace or by itself, and a client that notes what
/// it is told.
#include <expected>
#include <string>
#include <vector>

#include "tests/crash/scenario.hpp"
#include "tests/crash/trace.hpp"

namespace smtpd::crash {

/// What the client knows about one of its messages.
enum class Delivery {
  not_sent,  ///< not, or not to its end
  unknown,   ///< it was sent, and no answer came
  accepted,  ///< 250
  put_off,   ///< 4xx, to the message or to a command before it
  refused,   ///< 5xx, which no trouble of the server's may cause
};

struct Outcome {
  std::vector<Delivery> answers;  ///< one for each message
  std::vector<std::string> dialogue;
  std::vector<Call> trace;    ///< empty without strace
  std::string log;            ///< standard error
  std::string ended;          ///< how, unless with exit code 0: a sentence
  bool left_waiting = false;  ///< the connection was closed where a reply was due
  bool complete() const;      ///< every message was accepted, and the session ended well
};

struct Tools {
  std::string server, strace;
};

/// Plays the session in a folder that was prepared. With strace, `injections` and those that the
/// scenario always has change the server's calls. Errors: a sentence, when nothing could be run.
std::expected<Outcome, std::string> traced(const Tools& tools, const Scenario& scenario,
                                           const std::string& folder,
                                           std::vector<Injection> injections = {});
std::expected<Outcome, std::string> plain(const Tools& tools, const Scenario& scenario,
                                          const std::string& folder);

}  // namespace smtpd::crash
