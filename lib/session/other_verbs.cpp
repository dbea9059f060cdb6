/// RSET, NOOP, VRFY, HELP and QUIT (RFC 5321 4.1.1.5 to 4.1.1.10).
#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"
#include "lib/base/version.hpp"
#include "lib/session/session.hpp"

namespace smtpd {

Session::Answer Session::rset(const CommandLine&) {
  reset_transaction();
  return Reply{250, EnhancedCode{2, 0, 0}, "OK"};
}

Session::Answer Session::noop(const CommandLine& line) {
  return settle(Hook::noop, host_.decide<Hook::noop>(conn_, line)).reply;
}

Session::Answer Session::vrfy(const CommandLine& line) {
  if (!is_ascii(line.rest)) {  // RFC 6531 3.7.4.2
    if (!is_utf8(line.rest)) return Reply{501, EnhancedCode{5, 5, 4}, "It is no UTF-8"};
    if (!equal_ignoring_case(line.words().back(), "SMTPUTF8"))
      return Reply{553, EnhancedCode{5, 6, 7}, "A name that is not ASCII needs SMTPUTF8"};
  }
  return settle(Hook::vrfy, host_.decide<Hook::vrfy>(conn_, line)).reply;
}

Session::Answer Session::help(const CommandLine& line) {
  // A postmaster who sets a greeting of his own does not want the program's name and release shown.
  const auto greeting = config_.value("smtpgreeting");
  std::string text =
      greeting && *greeting ? "This is an ESMTP server" : "This is smtpd " + std::string(version);
  text +=
      "\nCommands: HELO EHLO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT\nWrite to postmaster@" +
      host_.me() + " for help";
  return settle(Hook::help, host_.decide<Hook::help>(conn_, line), text).reply;
}

Session::Answer Session::quit(const CommandLine& line) {
  const Settled settled = settle(Hook::quit, host_.decide<Hook::quit>(conn_, line), host_.me());
  closing_ = true;  // also when a plugin has answered
  summary_.ended(End::quit);
  return settled.reply;
}

}  // namespace smtpd
