/// HELO and EHLO (RFC 5321 4.1.1.1), and what EHLO offers.
#include <algorithm>

#include "lib/base/text.hpp"
#include "lib/mail/trace.hpp"
#include "lib/session/session.hpp"

namespace smtpd {
namespace {

/// Octets of text in a reply line, without `250-` and CRLF. What went to a line of its own would be
/// a keyword.
constexpr std::size_t longest_line = max_reply_line - 4 - 2;

Hello parse_hello(const CommandLine& line) {
  Hello hello;
  for (const std::string_view word : line.words()) {
    if (hello.host.empty()) {
      hello.host = word;
    } else {
      hello.words.emplace_back(word);
    }
  }
  return hello;
}

}  // namespace

Session::Answer Session::helo(const CommandLine& line) { return greet(Greeted::helo, line); }
Session::Answer Session::ehlo(const CommandLine& line) { return greet(Greeted::ehlo, line); }

Session::Answer Session::greet(Greeted kind, const CommandLine& line) {
  const bool extended = kind == Greeted::ehlo;
  Parsed<Hello> parsed = extended ? host_.first<Hook::ehlo_parse>(conn_, line)
                                  : host_.first<Hook::helo_parse>(conn_, line);
  if (!parsed) parsed = parse_hello(line);
  if (!*parsed)
    return Reply{501, {}, parsed->error().empty() ? "Syntax error in command" : parsed->error()};
  const Hello& hello = **parsed;
  if (hello.host.empty()) {
    return Reply{
        501, {}, std::string(line.verb) + " requires domain/address - see RFC 5321 4.1.1.1"};
  }
  const Settled settled = extended ? settle(Hook::ehlo, host_.decide<Hook::ehlo>(conn_, hello))
                                   : settle(Hook::helo, host_.decide<Hook::helo>(conn_, hello));
  if (!settled.go_on) return settled.reply;
  reset_transaction();  // RFC 5321 4.1.4: a repeated greeting acts as RSET
  conn_.greeted = kind;
  conn_.hello_host = hello.host;
  std::string text =
      host_.me() + " Hi " + conn_.remote_info + " [" + literal(conn_.remote_ip) + ']';
  if (text.size() > longest_line) text.resize(longest_line);
  text += extended ? capabilities() : "; I am so happy to meet you.";
  if (extended && early_pipelining_) log_early_pipelining();
  return Reply{250, {}, std::move(text)};
}

// Commands behind EHLO that have come with it were sent before its answer was there.
void Session::log_early_pipelining() {
  log_.log(Level::info,
           channel_.has_input() ? "early pipelining: used" : "early pipelining: offered, unused");
}

std::string Session::capabilities() {
  std::string text;
  text.reserve(192);  // for what there is in any case
  text += "\nPIPELINING";
  early_pipelining_ = invites_early();
  if (early_pipelining_) text += "\nPIPECONNECT";
  text += "\n8BITMIME\nSIZE";
  if (limits_.message > 0) text += ' ' + std::to_string(limits_.message);
  // RFC 9422. A transaction takes three commands at least.
  text += "\nENHANCEDSTATUSCODES\nCHUNKING\nDSN\nSMTPUTF8\nLIMITS RCPTMAX=";
  text += std::to_string(limits_.recipients);
  text += " MAILMAX=";
  text += std::to_string(std::max<std::size_t>(1, limits_.commands / 3));
  if (offers_require_tls()) text += "\nREQUIRETLS";
  text += "\nHELP";
  if (const auto mechanisms = auth_.offered(); !mechanisms.empty()) {
    text += "\nAUTH";
    for (const std::string_view name : mechanisms) text.append(" ").append(name);
  }
  for (const std::string& line : host_.collect<Hook::capabilities>(conn_)) {
    if (!line.empty() && line.size() <= longest_line && line.find('\n') == line.npos)
      text += '\n' + line;
  }
  return text;
}

}  // namespace smtpd
