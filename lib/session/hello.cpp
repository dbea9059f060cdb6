/// HELO and EHLO (RFC 5321 4.1.1.1), and what EHLO offers.
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
  const Settled settled =
      extended ? settle(Hook::ehlo, host_.decide<Hook::ehlo>(conn_.results, conn_, hello))
               : settle(Hook::helo, host_.decide<Hook::helo>(conn_.results, conn_, hello));
  if (!settled.go_on) return settled.reply;
  reset_transaction();  // RFC 5321 4.1.4: a repeated greeting acts as RSET
  conn_.greeted = kind;
  conn_.hello_host = hello.host;
  std::string text =
      host_.me() + " Hi " + conn_.remote_info + " [" + literal(conn_.remote_ip) + ']';
  if (text.size() > longest_line) text.resize(longest_line);
  text += extended ? capabilities() : "; I am so happy to meet you.";
  return Reply{250, {}, std::move(text)};
}

std::string Session::capabilities() {
  std::string text = "\nPIPELINING\n8BITMIME\nSIZE";
  if (limits_.message > 0) text += ' ' + std::to_string(limits_.message);
  text += "\nENHANCEDSTATUSCODES\nCHUNKING\nHELP";
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
