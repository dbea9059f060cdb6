/// What a plugin may ask of the session; it may begin one anew for somebody else.
#include "lib/base/text.hpp"
#include "lib/base/version.hpp"
#include "lib/mail/host.hpp"
#include "lib/session/advertise.hpp"
#include "lib/session/delivery.hpp"
#include "lib/session/event_lines.hpp"
#include "lib/session/session.hpp"

namespace smtpd {
namespace {

bool has_word(std::string_view text, std::string_view word) {
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const bool begins = at == 0 || !is_alnum(text[at - 1]);
    const auto end = at + word.size();
    if (begins && (end == text.size() || !is_alnum(text[end]))) return true;
  }
  return false;
}

/// The 220 text (config smtpgreeting, else the server's name and its own). It begins with a host
/// (RFC 5321 4.2).
std::string greeting(const Host& host) {
  // serve() has seen that it can be read.
  const auto configured = host.config().value("smtpgreeting").value_or(std::nullopt);
  if (!configured) {
    return host.me() + " ESMTP smtpd " + std::string(version) +
           " ready; send us your mail, but not your spam.";
  }
  const std::string first = configured->substr(0, configured->find_first_of(" \t"));
  const std::string text = as_host(first) == first ? *configured : host.me() + ' ' + *configured;
  return has_word(text, "ESMTP") ? text : text + " ESMTP";
}

std::string description_of(const Tls& tls) {
  std::string text = "TLS: " + tls.protocol + ' ' + tls.cipher;
  if (!tls.server_name.empty()) text.append(", name ").append(tls.server_name);
  if (tls.resumed) text += ", resumed";
  if (!tls.client_fingerprint.empty()) {
    text.append(", certificate ").append(tls.client_fingerprint);
    text.append(tls.client_verified ? " verified, " : " not verified, ").append(tls.client_subject);
  }
  return printable(text);
}

}  // namespace

bool Session::client_talks(milliseconds wait) {
  const bool talks = line_.client_talks(wait);
  if (talks && conn_.greeted == Greeted::no && line_.begins_with(io::tls_handshake))
    lose_client({Errc::syntax, {}});
  return talks;
}

bool Session::invites_early() { return smtpd::invites_early(host_); }

bool Session::greets_early() { return invites_early() && line_.begins_with("EHLO "); }

std::expected<std::string, Error> Session::read_line() {
  auto answer = line_.answer();
  if (!answer && answer.error().code != Errc::too_long && answer.error().code != Errc::syntax)
    lose_client(answer.error());
  return answer;
}

std::expected<std::string_view, Error> Session::input(Deadline deadline) {
  const auto octets = line_.data(deadline);
  if (!octets) return std::unexpected(octets.error());
  return std::string_view(octets->data(), octets->size());
}

void Session::send(const Reply& reply) { send(reply, charset()); }

void Session::send(const Reply& reply, Charset charset) {
  tally_.count(reply);
  line_.reply(reply, charset);
}

Charset Session::charset() const { return txn_ && txn_->smtputf8 ? Charset::utf8 : Charset::ascii; }

std::optional<Reply> Session::submit() {
  if (!txn_) return {};
  Transaction& txn = *txn_;  // also when a hook ends it
  const std::uint64_t octets = txn.size();
  Delivery delivery = deliver(host_, txn);
  const bool is_taken = delivery.reached_queue && !host_.services().rehearsal;
  if (is_taken && host_.has(Hook::queue_post)) queued_ = &txn;
  auto reply = take_reply(std::move(delivery.consequence));
  if (reply && reply->positive()) {
    tally_.junk = 0;
    ++tally_.messages;
    // The one word by which sender, postmaster and next server can speak of this message.
    reply->text.append(", id ").append(log_.id());
    const auto now = host_.services().clock.now();
    log_message(host_, {txn, octets, std::chrono::duration_cast<milliseconds>(now - mail_began_)},
                *reply);
  }
  reset_transaction();
  return reply;
}

void Session::forget_client() {
  reset_transaction();
  conn_.greeted = Greeted::no;
  conn_.hello_host.clear();
  conn_.authentication = {};
  conn_.relay_client = false;
  if (conn_.tls) conn_.tls->client_user.clear();
  conn_.notes = {};
  conn_.results = {};
  conn_.authentication_results = {};
  host_.forget_questions_of_client();
}

std::optional<Reply> Session::welcome() {
  const PreConnection peer{.remote_ip = conn_.remote_ip,
                           .remote_port = conn_.remote_port,
                           .local_ip = conn_.local_ip,
                           .local_port = conn_.local_port,
                           .max_conn_ip = {},
                           .child_addrs = {}};
  Consequence consequence = settle(Hook::pre_connection, host_.decide<Hook::pre_connection>(peer));
  if (!consequence.reply)
    consequence = settle(Hook::connect, host_.decide<Hook::connect>(conn_), greeting(host_));
  return take_reply(std::move(consequence));
}

std::optional<Reply> Session::take_hello(Greeted kind, std::string_view host) {
  if (tally_.is_over()) return {};
  auto reply = take_reply(hello({kind == Greeted::ehlo ? "ehlo" : "helo", host}));
  return reply && !reply->positive() ? reply : std::nullopt;
}

std::expected<void, Error> Session::start_tls(TlsAcceptor& acceptor, milliseconds patience) {
  auto tls = line_.start_tls(acceptor, patience);
  if (!tls) {
    log_.log(Level::notice, "no TLS: " + printable(tls.error().what));
    tally_.end(tls.error().code == Errc::timeout ? SessionEnd::timeout : SessionEnd::tls);
    return std::unexpected(tls.error());
  }
  reset_transaction();
  conn_.tls = std::move(*tls);
  conn_.greeted = Greeted::no;
  conn_.hello_host.clear();
  if (conn_.authentication.state == Authentication::State::passed) conn_.relay_client = false;
  conn_.authentication = {};
  log_.log(Level::info, description_of(*conn_.tls));
  return {};
}

}  // namespace smtpd
