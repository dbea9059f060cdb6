/// From clear text to TLS in the middle of a session (RFC 3207 4.2) or before its first word (RFC
/// 8314 3.3).
#include "lib/base/text.hpp"
#include "lib/session/session.hpp"

namespace smtpd {
namespace {

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

std::expected<void, Error> Session::start_tls(TlsAcceptor& acceptor, milliseconds patience) {
  const auto failed = [this](const Error& error) {
    log_.log(Level::notice, "no TLS: " + printable(error.what));
    summary_.ended(error.code == Errc::timeout ? End::timeout : End::tls);
    closing_ = true;
    return std::unexpected(error);
  };
  if (const auto sent = channel_.flush(deadline()); !sent) return failed(sent.error());
  // What was sent in clear must not be taken for something that came through TLS (CVE-2011-0411):
  // it is TLS, such as a ClientHello that came along with a PROXY header, or the handshake fails.
  auto stream = acceptor.accept(channel_.stream(), channel_.take_input(),
                                earlier(clock_.after(patience), deadline()));
  if (!stream) return failed(stream.error());
  tls_ = std::move(*stream);
  channel_.use(*tls_);
  reset_transaction();
  conn_.tls = tls_->facts();
  conn_.greeted = Greeted::no;
  conn_.hello_host.clear();
  if (conn_.authentication.state == Authentication::State::passed) conn_.relay_client = false;
  conn_.authentication = {};
  after_auth_ = false;
  log_.log(Level::info, description_of(*conn_.tls));
  return {};
}

}  // namespace smtpd
