#include "lib/session/commands.hpp"

#include <algorithm>
#include <array>

#include "lib/base/fixed_text.hpp"

namespace smtpd {
namespace {

// clang-format off
constexpr auto commands = std::array{
    //      verb    allowed in                     flags                          handler
    Command{"helo", state::any,                    flag::none,                    &Session::helo},
    Command{"ehlo", state::any,                    flag::none,                    &Session::ehlo},
    Command{"mail", state::hello,                  flag::takes_parameters,        &Session::mail},
    Command{"rcpt", state::sender | state::rcpt,   flag::takes_parameters,        &Session::rcpt},
    Command{"data", state::rcpt,                   flag::no_arguments,            &Session::data},
    Command{"bdat", state::rcpt | state::chunks,   flag::carries_chunk,           &Session::bdat},
    Command{"rset", state::any,                    flag::no_arguments | flag::counts_as_junk, &Session::rset},
    Command{"noop", state::any,                    flag::counts_as_junk,          &Session::noop},
    Command{"vrfy", state::any,                    flag::counts_as_junk,          &Session::vrfy},
    Command{"help", state::any,                    flag::counts_as_junk,          &Session::help},
    Command{"quit", state::any,                    flag::none,                    &Session::quit},
    Command{"auth", state::any,                    flag::none,                    &Session::auth},
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
    OutOfOrder{"data", state::chunks,               "DATA behind BDAT, RSET ends the message"},
    OutOfOrder{"data", state::any,                  "RCPT first"},
    OutOfOrder{"bdat", state::start | state::hello, "MAIL first"},
    OutOfOrder{"bdat", state::any,                  "RCPT first"},
};
// clang-format on

constexpr std::array<FixedText<8>, 7> http_methods{"get",     "post",    "put",   "head",
                                                   "connect", "options", "delete"};

}  // namespace

const Command* find_command(std::string_view verb) {
  const auto found = std::ranges::find(commands, verb, &Command::verb);
  return found == commands.end() ? nullptr : &*found;
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
