#pragma once
/// The command table: which verbs there are, when they are allowed, and who handles them; and what
/// makes a line no command.
#include <optional>
#include <string>
#include <string_view>

#include "lib/session/session.hpp"

namespace smtpd {

/// The states of a session, one bit each.
namespace state {
inline constexpr unsigned start = 1;    ///< nobody has greeted
inline constexpr unsigned hello = 2;    ///< greeted, no transaction
inline constexpr unsigned sender = 4;   ///< MAIL accepted
inline constexpr unsigned rcpt = 8;     ///< at least one RCPT accepted
inline constexpr unsigned chunks = 16;  ///< BDAT has begun a message that is not whole yet
inline constexpr unsigned any = start | hello | sender | rcpt | chunks;
}  // namespace state

/// Facts about a verb, one bit each.
namespace flag {
inline constexpr unsigned none = 0;
inline constexpr unsigned no_arguments = 1;      ///< anything behind it is 501
inline constexpr unsigned counts_as_junk = 2;    ///< does nothing for a message
inline constexpr unsigned takes_parameters = 4;  ///< ESMTP parameters make its line longer
inline constexpr unsigned carries_chunk = 8;     ///< octets of a message follow its line
}  // namespace flag

struct Verb {
  FixedText<4> name = {};  ///< lower case
  unsigned allowed = state::any;
  unsigned flags = flag::none;
  Consequence (Session::*handler)(const CommandLine&) = nullptr;
  FixedText<4> refused = {};  ///< what its refusal is called in the log; empty: no line
};

/// The entry of a verb in lower case, or null.
const Verb* find_verb(std::string_view verb);
/// The verb, written to `verb` in lower case, and what follows it in `text`.
CommandLine split_command(std::string_view text, std::string& verb);

/// Why a line is not executed.
struct LineFault {
  std::string_view what = {};
  bool hides_chunk = false;  ///< behind it comes a chunk of a message, nobody knows how long
};
/// The fault of a line that is too long for its verb, has CR or NUL in it, or does not end well,
/// which is for the caller to know. None for an HTTP request, whatever else is wrong with it: what
/// follows may be commands that a browser was made to send.
std::optional<LineFault> find_fault(const io::Line& line, const Limits& limits, bool ends_well);
/// The reply to a command that its state does not allow.
std::string_view out_of_order(std::string_view verb, unsigned state);
/// True for the first word of an HTTP request: a browser was made to talk to this port (RFC 9325
/// and ALPACA attacks).
bool is_http_method(std::string_view verb);

}  // namespace smtpd
