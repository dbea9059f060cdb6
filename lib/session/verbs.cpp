/// The verbs but HELO, EHLO, DATA and BDAT (RFC 5321 4.1.1, RFC 4954).
#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"
#include "lib/base/version.hpp"
#include "lib/session/commands.hpp"
#include "lib/session/session.hpp"

namespace smtpd {

Consequence Session::auth(const CommandLine& line) {
  if (auth_.exists()) return auth_.run(line);
  Consequence consequence = unrecognized(line);
  auth_.log_refused(line, "AUTH is off", consequence.reply);
  return consequence;
}

Consequence Session::mail(const CommandLine& line) {
  conn_.notes.set(note::envelope_from, line.rest);
  Body body(limits_.memory, [this] { return spool_.open(); });
  txn_ = std::make_unique<Transaction>(conn_, log_.transaction(), std::move(body));
  Transaction& txn = *txn_;  // also when a hook ends it
  txn.started = host_.services().clock.wall();
  mail_began_ = host_.services().clock.now();
  Consequence consequence = envelope_.mail(txn, line);
  if (!consequence.go_on) {
    reset_transaction();
  } else if (log_.wants(Level::notice)) {
    tally_.sender = txn.sender->text();
  }
  return consequence;
}

Consequence Session::rcpt(const CommandLine& line) {
  conn_.notes.set(note::envelope_rcpt, line.rest);
  Consequence consequence = envelope_.rcpt(*txn_, line);
  if (consequence.go_on) ++tally_.recipients;
  if (consequence.reply && !consequence.reply->positive()) ++tally_.refused_recipients;
  return consequence;
}

Consequence Session::rset(const CommandLine&) {
  return {.reply = Reply{250, EnhancedCode{2, 0, 0}, "OK"}, .reset = true};
}

Consequence Session::noop(const CommandLine& line) {
  return settle(Hook::noop, host_.decide<Hook::noop>(conn_, line));
}

Consequence Session::vrfy(const CommandLine& line) {
  if (!is_ascii(line.rest)) {  // RFC 6531 3.7.4.2
    if (!is_utf8(line.rest)) return {Reply{501, EnhancedCode{5, 5, 4}, "It is no UTF-8"}};
    if (!equal_ignoring_case(line.words().back(), "SMTPUTF8"))
      return {Reply{553, EnhancedCode{5, 6, 7}, "A name that is not ASCII needs SMTPUTF8"}};
  }
  return settle(Hook::vrfy, host_.decide<Hook::vrfy>(conn_, line));
}

Consequence Session::help(const CommandLine& line) {
  // A postmaster who sets a greeting of his own does not want the program's name and release shown.
  const auto greeting = host_.config().value("smtpgreeting");
  std::string text =
      greeting && *greeting ? "This is an ESMTP server" : "This is smtpd " + std::string(version);
  text +=
      "\nCommands: HELO EHLO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT\nWrite to postmaster@" +
      host_.me() + " for help";
  return settle(Hook::help, host_.decide<Hook::help>(conn_, line), text);
}

Consequence Session::quit(const CommandLine& line) {
  Consequence consequence = settle(Hook::quit, host_.decide<Hook::quit>(conn_, line), host_.me());
  tally_.end(SessionEnd::quit);  // also when a plugin has answered
  return consequence;
}

Consequence Session::unrecognized(const CommandLine& line) {
  if (is_http_method(line.verb)) {
    log_.log(Level::notice, "an HTTP client, closing");
    return {.reply = Reply{521, EnhancedCode{5, 7, 0}, "This is SMTP, not HTTP"}, .close = true};
  }
  const Result result = host_.decide<Hook::unrecognized_command>(conn_, line);
  if (result.verdict != Verdict::done) ++tally_.junk;
  if (line.verb == "expn" && (result.verdict == Verdict::declined || result.verdict == Verdict::ok))
    return {Reply{502, EnhancedCode{5, 5, 1}, "EXPN is not offered"}};  // RFC 5321 3.5.3, 7.3
  return settle(Hook::unrecognized_command, result);
}

}  // namespace smtpd
