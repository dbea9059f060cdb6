/// From a complete message to the queue: our trace fields, the message hooks, the reply.
#include <algorithm>
#include <iterator>

#include "lib/base/text.hpp"
#include "lib/base/version.hpp"
#include "lib/mail/trace.hpp"
#include "lib/session/session.hpp"

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

/// RFC 8601 2.7.4, as qpsmtpd writes it.
AuthenticationResult auth_result(const Authentication& auth) {
  if (auth.state == Authentication::State::none) return {.method = "auth", .result = "none"};
  return {.method = "auth",
          .result = auth.state == Authentication::State::passed ? "pass" : "fail",
          .comment = auth.mechanism,
          .properties = {{"smtp.auth", auth.user}}};
}

}  // namespace

std::vector<std::string> Session::authentication_ids() {
  std::vector<std::string> ids;
  if (const auto lines = config_.lines("me-auth-results")) {
    for (const ConfigLine& line : **lines) ids.push_back(lower(line.text));
  }
  if (ids.empty()) ids.push_back(lower(host_.me()));
  return ids;
}

void Session::add_received(Transaction& txn) {
  const std::string protocol = protocol_of(conn_, txn);
  const Authentication& auth = conn_.authentication;
  ReceivedFacts facts{.protocol = protocol, .auth = {}, .tls = {}};
  if (auth.state == Authentication::State::passed) {
    facts.auth = auth_comment(auth.user, auth.mechanism);
  }
  if (conn_.tls) facts.tls = '(' + conn_.tls->cipher + " encrypted)";
  std::optional<std::string> line = host_.first<Hook::received_line>(txn, facts);
  if (!line) {
    const std::string software = "smtpd/" + std::string(version), date = mail_date(clock_.wall());
    // With more recipients, one would read there who the others are.
    const std::string only =
        txn.recipients.size() == 1 ? txn.recipients.front().address.text() : std::string();
    line = received_value({.info = conn_.remote_info,
                           .hello = conn_.hello_host,
                           .ip = conn_.remote_ip,
                           .me = host_.me(),
                           .software = software,
                           .protocol = protocol,
                           .tls = facts.tls,
                           .auth = facts.auth,
                           .recipient = only,
                           .date = date});
  }
  txn.header.add_above_sender("Received", *line);
}

// Our own fields go below what plugins put on top and above everything the sender wrote.
void Session::add_trace(Transaction& txn) {
  const std::vector<std::string> ids = authentication_ids();
  const bool wanted = ids.front() != "none";
  if (wanted) {  // nobody but this server speaks in its name (RFC 8601 5)
    txn.header.remove_if([&](std::string_view name, std::string_view value) {
      return equal_ignoring_case(name, authentication_results) &&
             std::ranges::find(ids, authentication_results_id(value)) != ids.end();
    });
  }
  add_received(txn);
  if (!wanted) return;
  std::vector<AuthenticationResult> results{auth_result(conn_.authentication)};
  std::ranges::copy(conn_.authentication_results, std::back_inserter(results));
  std::ranges::copy(txn.authentication_results, std::back_inserter(results));
  txn.header.add_above_sender(authentication_results,
                              authentication_results_value(ids.front(), results));
}

Settled Session::run_message_hooks(Transaction& txn) {
  Settled settled = settle(Hook::data_post_headers, host_.decide<Hook::data_post_headers>(txn));
  if (!settled.go_on) return settled;
  add_trace(txn);
  settled = settle(Hook::data_post, host_.decide<Hook::data_post>(txn));
  if (!settled.go_on) return settled;
  return settle(Hook::queue_pre, host_.decide<Hook::queue_pre>(txn));
}

Result Session::queue(Transaction& txn) {
  if (txn.transport_tls != TransportTls::required) return host_.decide<Hook::queue>(txn);
  txn.report.ret = MailReport::Return::headers;  // a report must not carry the text into the clear
  return host_.queue_with_tls(txn);
}

Session::Answer Session::process() {
  Transaction& txn = *txn_;  // also when a hook ends it
  Settled settled = run_message_hooks(txn);
  if (settled.go_on) {
    settled = settle(Hook::queue, queue(txn));
    if (host_.has(Hook::queue_post)) queued_ = &txn;
  }
  if (settled.reply && settled.reply->positive()) {
    junk_ = 0;
    ++summary_.messages;
  }
  reset_transaction();
  return settled.reply;
}

}  // namespace smtpd
