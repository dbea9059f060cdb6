/// HELO and EHLO (RFC 5321 4.1.1.1).
#include "lib/base/text.hpp"
#include "lib/session/advertise.hpp"
#include "lib/session/event_lines.hpp"
#include "lib/session/session.hpp"

namespace smtpd {
namespace {

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

/// The first line of the answer.
std::string salutation(const std::string& me, const Connection& conn) {
  std::string text = me + " Hi " + client_text(conn);
  if (text.size() > longest_hello_line) text.resize(longest_hello_line);
  return text;
}

}  // namespace

Consequence Session::hello(const CommandLine& line) {
  const bool extended = line.verb == "ehlo";
  Parsed<Hello> parsed = extended ? host_.first<Hook::ehlo_parse>(conn_, line)
                                  : host_.first<Hook::helo_parse>(conn_, line);
  if (!parsed) parsed = parse_hello(line);
  if (!*parsed)
    return {Reply{501, {}, parsed->error().empty() ? "Syntax error in command" : parsed->error()}};
  const Hello& hello = **parsed;
  if (hello.host.empty()) {
    return {
        Reply{501, {}, std::string(line.verb) + " requires domain/address - see RFC 5321 4.1.1.1"}};
  }
  const Result result =
      extended ? host_.decide<Hook::ehlo>(conn_, hello) : host_.decide<Hook::helo>(conn_, hello);
  Consequence consequence =
      settle(extended ? Hook::ehlo : Hook::helo, result, salutation(host_.me(), conn_));
  if (!consequence.go_on) return consequence;
  reset_transaction();  // RFC 5321 4.1.4: a repeated greeting acts as RSET
  conn_.greeted = extended ? Greeted::ehlo : Greeted::helo;
  conn_.hello_host = hello.host;
  if (!extended) return consequence;
  const bool early = smtpd::invites_early(host_);
  consequence.reply->text +=
      capabilities(host_, limits_, auth_, early ? Pipelining::early : Pipelining::usual);
  if (early) {  // commands that have come with EHLO were sent before its answer was there
    log_.log(Level::debug,
             line_.has_input() ? "early pipelining: used" : "early pipelining: offered, unused");
  }
  return consequence;
}

}  // namespace smtpd
