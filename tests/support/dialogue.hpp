#pragma once
/// One client's side of a session: what the server sends, matched against the script, and a record
/// for people.
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/setting.hpp"

namespace smtpd::transcript {

/// The lines of both sides as they happened.
using Record = std::vector<std::string>;

struct Failure {
  unsigned line = 0;
  std::string what;
  std::vector<std::string> details = {};  ///< the wrong line and what came instead
};

class Dialogue {
 public:
  enum class Match {
    yes,   ///< the step's octets are consumed
    more,  ///< not yet
    no,    ///< whatever else comes
  };
  /// `who` stands in front of every line of the record, if it is not empty.
  Dialogue(Variables& variables, Record& record, std::string who);

  void receive(std::string_view octets) { unread_ += octets; }
  /// One of the S lines that expect octets; S- matches when nothing is unread.
  Match match(const Step& step);
  /// What the server says to a client that authenticates: a 334, which is consumed, or the final
  /// reply, which is left. None while its line is not complete.
  struct Challenge {
    bool is_challenge = false;
    std::string text = {};
  };
  std::optional<Challenge> challenge();
  bool has_unread() const { return !unread_.empty(); }
  void forget_unread() { unread_.clear(); }

  void note_sent(std::string_view octets);
  void note(std::string text);
  /// `+300s` and the reason, when the clock has moved.
  void note_clock(std::chrono::nanoseconds by, std::string_view why);

  /// With the script's line and all that is unread.
  Failure failure(const Step& step, std::string what) const;
  Failure failure(unsigned line, std::string what) const;

 private:
  Match match_line(const Step& step);
  Match match_octets(const Step& step);
  Match match_reply(const Step& step);
  bool fits_line_of_reply(const Step& step, std::string_view line);
  Match consume(std::size_t length);

  Variables& variables_;
  Record& record_;
  std::string prefix_;
  std::string unread_;
};

/// What the client writes at once.
struct Chunk {
  std::string octets;
  std::size_t steps = 0;  ///< how many of them it takes
};
/// The lines at the start of `steps` that send, as far as they are one side's. Errors: no such
/// file, no value.
std::expected<Chunk, Problem> next_chunk(std::span<const Step> steps, const Setting& setting);

/// The client that a line T: asks for. Errors: a sentence.
std::expected<std::unique_ptr<TlsClient>, std::string> begin_tls(const Step& step,
                                                                 const Setting& setting);

constexpr bool sends(const Step& step) {
  return step.action == Action::send || step.action == Action::send_file;
}

}  // namespace smtpd::transcript
