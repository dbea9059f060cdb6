#include "lib/session/delivery.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "lib/base/text.hpp"
#include "lib/base/version.hpp"
#include "lib/mail/trace.hpp"

namespace smtpd {
namespace {

constexpr std::string_view authentication_results = "Authentication-Results";

/// The word of RFC 3848, and of RFC 6531 4.3.
std::string protocol_of(const Connection& conn, const Transaction& txn) {
  if (conn.greeted != Greeted::ehlo) return "SMTP";
  std::string word = txn.smtputf8 ? "UTF8SMTP" : "ESMTP";
  if (conn.tls) word += 'S';
  if (conn.authentication.state == Authentication::State::passed) word += 'A';
  return word;
}

/// What the trace fields tell of a user. Where the configuration cannot be read, less.
struct Disclosure {
  Disclosure(Config& config, const Authentication& auth) {
    if (auth.state == Authentication::State::none) return;
    login = config.flag("received_login").value_or(false);
    client = !config.flag("received_privacy").value_or(true);
  }
  bool login = false;  // the name that he authenticates with
  bool client = true;  // address, name and HELO of his computer, if he has authenticated
};

/// RFC 8601 2.7.4, as qpsmtpd writes it.
AuthenticationResult auth_result(const Authentication& auth, const Disclosure& disclosure) {
  if (auth.state == Authentication::State::none) return {.method = "auth", .result = "none"};
  AuthenticationResult result{
      .method = "auth",
      .result = auth.state == Authentication::State::passed ? "pass" : "fail",
      .comment = auth.mechanism};
  if (disclosure.login) result.properties.push_back({"smtp.auth", auth.user});
  return result;
}

/// Under which this server speaks about authentication; `none`: it does not.
std::vector<std::string> authentication_ids(Host& host) {
  std::vector<std::string> ids;
  if (const auto lines = host.config().lines("me-auth-results")) {
    for (const ConfigLine& line : **lines) ids.push_back(lower(line.text));
  }
  if (ids.empty()) ids.push_back(lower(host.me()));
  return ids;
}

void add_received(Host& host, Transaction& txn, const Disclosure& disclosure) {
  const Connection& conn = txn.connection();
  const std::string protocol = protocol_of(conn, txn);
  const Authentication& auth = conn.authentication;
  ReceivedFacts facts{.protocol = protocol, .auth = {}, .tls = {}};
  std::string session;
  if (auth.state == Authentication::State::passed) {
    facts.auth = auth_comment(disclosure.login ? auth.user : std::string(), auth.mechanism);
    if (!disclosure.client) session = host.log().id();
  }
  if (conn.tls) facts.tls = '(' + conn.tls->cipher + " encrypted)";
  std::optional<std::string> line = host.first<Hook::received_line>(txn, facts);
  if (!line) {
    const std::string software = "smtpd/" + std::string(version), id = host.log().id(),
                      date = mail_date(host.services().clock.wall());
    // With more recipients, one would read there who the others are.
    const std::string only =
        txn.recipients.size() == 1 ? txn.recipients.front().as_sent().text() : std::string();
    line = received_value({.info = conn.remote_info,
                           .hello = conn.hello_host,
                           .ip = conn.remote_ip,
                           .session = session,
                           .me = host.me(),
                           .software = software,
                           .protocol = protocol,
                           .tls = facts.tls,
                           .auth = facts.auth,
                           .recipient = only,
                           .id = id,
                           .date = date});
  }
  txn.header.add_above_sender("Received", *line);
}

// Our own fields go below what plugins put on top and above everything the sender wrote.
void add_trace(Host& host, Transaction& txn) {
  const std::vector<std::string> ids = authentication_ids(host);
  const bool wanted = ids.front() != "none";
  if (wanted) {  // nobody but this server speaks in its name (RFC 8601 5)
    txn.header.remove_if([&](std::string_view name, std::string_view value) {
      return equal_ignoring_case(name, authentication_results) &&
             std::ranges::find(ids, authentication_results_id(value)) != ids.end();
    });
  }
  const Disclosure disclosure(host.config(), txn.connection().authentication);
  add_received(host, txn, disclosure);
  if (!wanted) return;
  std::vector<AuthenticationResult> results{
      auth_result(txn.connection().authentication, disclosure)};
  std::ranges::copy(txn.connection().authentication_results, std::back_inserter(results));
  std::ranges::copy(txn.authentication_results, std::back_inserter(results));
  txn.header.add_above_sender(authentication_results,
                              authentication_results_value(ids.front(), results));
}

Consequence run_message_hooks(Host& host, Transaction& txn) {
  Consequence judged = settle(Hook::data_post_headers, host.decide<Hook::data_post_headers>(txn));
  if (!judged.go_on) return judged;
  add_trace(host, txn);
  judged = settle(Hook::data_post, host.decide<Hook::data_post>(txn));
  if (!judged.go_on) return judged;
  return settle(Hook::queue_pre, host.decide<Hook::queue_pre>(txn));
}

Result queue(Host& host, Transaction& txn) {
  if (host.services().rehearsal) return host.rehearse_queue(txn);
  if (txn.transport_tls != TransportTls::required) return host.decide<Hook::queue>(txn);
  txn.report.ret = MailReport::Return::headers;  // a report must not carry the text into the clear
  return host.queue_with_tls(txn);
}

}  // namespace

std::optional<Consequence> check_header(Host& host, Transaction& txn) {
  Consequence judged = settle(Hook::data_headers_end, host.decide<Hook::data_headers_end>(txn));
  if (!judged.reset) return {};
  return judged;
}

Delivery deliver(Host& host, Transaction& txn) {
  Consequence judged = run_message_hooks(host, txn);
  if (!judged.go_on) return {.consequence = std::move(judged)};
  const Result queued = queue(host, txn);
  if (queued.verdict == Verdict::declined)
    host.log().log(Level::error, "no plugin has taken the message; queue/maildir does");
  return {.consequence = settle(Hook::queue, queued), .reached_queue = true};
}

}  // namespace smtpd
