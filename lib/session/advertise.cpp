#include "lib/session/advertise.hpp"

#include <algorithm>
#include <string_view>

#include "lib/base/text.hpp"
#include "lib/session/client_list.hpp"

namespace smtpd {
namespace {

/// Whether the list `key` has the client; `usual` where there is none.
bool is_offered(const Host& host, std::string_view key, bool usual) {
  const auto listed = is_listed(host.config(), key, host.conn().remote_ip);
  if (listed) return listed->value_or(usual);
  host.log().log(Level::error, listed.error().what);
  return false;  // nothing is promised on account of a list that cannot be understood
}

/// A keyword and its parameters (RFC 5321 4.1.1.1, ehlo-line).
bool is_hello_line(std::string_view line) {
  const std::string_view keyword = line.substr(0, line.find(' '));
  return line.size() <= longest_hello_line && !keyword.starts_with('-') && is_plain(line) &&
         std::ranges::all_of(keyword, [](char c) { return is_alnum(c) || c == '-'; }) &&
         std::ranges::none_of(split(line, ' '), &std::string_view::empty);
}

/// A number of LIMITS, which has at most six digits (RFC 9422 4.1).
std::string limit(std::size_t number) {
  return std::to_string(std::clamp<std::size_t>(number, 1, 999'999));
}

}  // namespace

bool offers_require_tls(const Host& host) {
  return host.conn().tls && is_offered(host, "tls_advertise_requiretls", true);
}

bool invites_early(const Host& host) {
  return is_offered(host, "pipelining_connect_advertise_hosts", !host.listens_before_greeting());
}

std::string capabilities(Host& host, const Limits& limits, Authenticator& auth,
                         Pipelining pipelining) {
  std::string text;
  text.reserve(192);  // for what there is in any case
  text += "\nPIPELINING";
  if (pipelining == Pipelining::early) text += "\nPIPECONNECT";
  text += "\n8BITMIME\nSIZE";
  if (limits.message > 0) text += ' ' + std::to_string(limits.message);
  // RFC 9422. A transaction takes three commands at least.
  text += "\nENHANCEDSTATUSCODES\nCHUNKING\nDSN\nSMTPUTF8\nLIMITS RCPTMAX=";
  text += limit(limits.recipients);
  text += " MAILMAX=";
  text += limit(limits.commands / 3);
  if (offers_require_tls(host)) text += "\nREQUIRETLS";
  text += "\nHELP";
  if (const auto mechanisms = auth.offered(); !mechanisms.empty()) {
    text += "\nAUTH";
    for (const std::string_view name : mechanisms) text.append(" ").append(name);
  }
  for (const std::string& line : host.collect<Hook::capabilities>(host.conn())) {
    if (is_hello_line(line)) text += '\n' + line;
  }
  return text;
}

}  // namespace smtpd
