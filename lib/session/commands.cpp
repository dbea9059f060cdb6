#include "lib/session/commands.hpp"

#include <algorithm>
#include <array>

#include "lib/base/fixed_text.hpp"
#include "lib/base/text.hpp"

namespace smtpd {
namespace {

// clang-format off
constexpr auto verbs = std::array{
    //    name    allowed in                     flags                          handler             refused
    Verb{"helo", state::any,                    flag::none,                    &Session::hello,    "helo"},
    Verb{"ehlo", state::any,                    flag::none,                    &Session::hello,    "helo"},
    Verb{"mail", state::hello,                  flag::takes_parameters,        &Session::mail,     "mail"},
    Verb{"rcpt", state::sender | state::rcpt,   flag::takes_parameters,        &Session::rcpt,     "rcpt"},
    Verb{"data", state::rcpt,                   flag::no_arguments,            &Session::data,     "data"},
    Verb{"bdat", state::rcpt | state::chunks,   flag::carries_chunk,           &Session::bdat,     "data"},
    Verb{"rset", state::any,                    flag::no_arguments | flag::counts_as_junk, &Session::rset},
    Verb{"noop", state::any,                    flag::counts_as_junk,          &Session::noop},
    Verb{"vrfy", state::any,                    flag::counts_as_junk,          &Session::vrfy},
    Verb{"help", state::any,                    flag::counts_as_junk,          &Session::help},
    Verb{"quit", state::any,                    flag::none,                    &Session::quit},
    Verb{"auth", state::any,                    flag::none,                    &Session::auth},
};
// clang-format on

/// A command that a state does not allow; the first line that fits counts.
struct OutOfOrder {
  FixedText<4> verb;
  unsigned in = state::any;
  FixedText<40> text;
};
// clang-format off
constexpr auto out_of_orders = std::array{
    OutOfOrder{"mail", state::start,                "please say hello first ..."},
    OutOfOrder{"mail", state::any,                  "MAIL inside a transaction, RSET ends it"},
    OutOfOrder{"rcpt", state::chunks,               "RCPT inside a message, RSET ends it"},
    OutOfOrder{"rcpt", state::any,                  "Use MAIL before RCPT"},
    OutOfOrder{"data", state::start | state::hello, "MAIL first"},
    OutOfOrder{"data", state::chunks,               "DATA after BDAT, RSET ends the message"},
    OutOfOrder{"data", state::any,                  "RCPT first"},
    OutOfOrder{"bdat", state::start | state::hello, "MAIL first"},
    OutOfOrder{"bdat", state::any,                  "RCPT first"},
};
// clang-format on

constexpr std::array<FixedText<8>, 7> http_methods{"get",     "post",    "put",   "head",
                                                   "connect", "options", "delete"};

/// The verb decides how long a line may be.
std::size_t line_limit(std::string_view verb, const Limits& limits) {
  if (verb == "auth") return max_auth_line;
  const Verb* const found = find_verb(verb);
  const bool extended = found && (found->flags & flag::takes_parameters) != 0;
  return limits.command_line + (extended ? extended_command_line : 0);
}

}  // namespace

const Verb* find_verb(std::string_view verb) {
  const auto found = std::ranges::find(verbs, verb, &Verb::name);
  return found == verbs.end() ? nullptr : &*found;
}

CommandLine split_command(std::string_view text, std::string& verb) {
  const auto blank = text.find(' ');
  verb = lower(text.substr(0, blank));
  std::string_view rest = blank == text.npos ? std::string_view() : text.substr(blank);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return {verb, rest};
}

std::optional<LineFault> find_fault(const io::Line& line, const Limits& limits, bool ends_well) {
  const bool is_clean =
      ends_well && line.text.find('\r') == line.text.npos && line.text.find('\0') == line.text.npos;
  // Most lines are short enough for any verb.
  if (is_clean && !line.too_long && line.octets <= limits.command_line) return {};
  std::string verb;
  split_command(line.text.substr(0, 16), verb);
  if (is_http_method(verb)) return {};
  LineFault fault{.hides_chunk = verb == "bdat"};
  if (line.too_long || line.octets > line_limit(verb, limits)) {
    fault.what = "Line too long";
  } else if (!ends_well) {
    fault.what = "Line ends in a bare LF, not in CRLF";
  } else if (!is_clean) {
    fault.what = "Bare CR or NUL in a command";
  } else {
    return {};
  }
  return fault;
}

std::string_view out_of_order(std::string_view verb, unsigned state) {
  const auto found = std::ranges::find_if(out_of_orders, [&](const OutOfOrder& entry) {
    return entry.verb == verb && (entry.in & state) != 0;
  });
  if (found == out_of_orders.end()) return "Bad sequence of commands";
  return found->text;
}

bool is_http_method(std::string_view verb) {
  return std::ranges::find(http_methods, verb) != http_methods.end();
}

}  // namespace smtpd
