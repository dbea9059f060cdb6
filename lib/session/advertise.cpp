/// What is offered to some clients only: REQUIRETLS (RFC 8689) and early pipelining
/// (draft-harris-early-pipe).
#include "lib/session/client_list.hpp"
#include "lib/session/session.hpp"

namespace smtpd {

// Nothing is promised on account of a list that cannot be understood.
bool Session::is_offered(std::string_view key, Unlisted fallback) {
  const auto listed = is_listed(config_, key, conn_.remote_ip);
  if (listed) return listed->value_or(fallback == Unlisted::in);
  log_.log(Level::error, listed.error().what);
  return false;
}

bool Session::offers_require_tls() {
  return conn_.tls && is_offered("tls_advertise_requiretls", Unlisted::in);
}

bool Session::invites_early() {
  return is_offered("pipelining_connect_advertise_hosts",
                    host_.listens_before_greeting() ? Unlisted::out : Unlisted::in);
}

bool Session::greets_early() {
  constexpr milliseconds patience{1000};  // for the rest of the word
  return invites_early() && channel_.begins_with("EHLO ", clock_.after(patience));
}

}  // namespace smtpd
