/// Who the client is, and the greeting; a plugin may begin a session anew for somebody else.
#include "lib/base/text.hpp"
#include "lib/base/version.hpp"
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

/// The 220 text (config smtpgreeting, else the server's name and its own).
std::string greeting(const std::string& me, const std::optional<std::string>& configured) {
  if (!configured) {
    return me + " ESMTP smtpd " + std::string(version) +
           " ready; send us your mail, but not your spam.";
  }
  return has_word(*configured, "ESMTP") ? *configured : *configured + " ESMTP";
}

}  // namespace

std::optional<Reply> Session::welcome() {
  const PreConnection peer{.remote_ip = conn_.remote_ip,
                           .remote_port = conn_.remote_port,
                           .local_ip = conn_.local_ip,
                           .local_port = conn_.local_port,
                           .max_conn_ip = {},
                           .child_addrs = {}};
  const Settled before = settle(Hook::pre_connection, host_.decide<Hook::pre_connection>(peer));
  const Settled settled =
      before.reply ? before : settle(Hook::connect, host_.decide<Hook::connect>(conn_));
  if (settled.reply || !settled.go_on) return settled.reply;  // DONE: the plugin has greeted
  // serve() has seen that it can be read.
  const auto configured = config_.value("smtpgreeting").value_or(std::nullopt);
  return Reply{.code = 220, .text = greeting(host_.me(), configured)};
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
}

std::optional<Reply> Session::take_hello(Greeted kind, std::string_view host) {
  Answer answer = greet(kind, {kind == Greeted::ehlo ? "ehlo" : "helo", host});
  return answer && !answer->positive() ? answer : std::nullopt;
}

std::expected<std::string_view, Error> Session::input(Deadline deadline) {
  const auto octets = channel_.data(deadline);
  if (!octets) return std::unexpected(octets.error());
  return std::string_view(octets->data(), octets->size());
}

}  // namespace smtpd
