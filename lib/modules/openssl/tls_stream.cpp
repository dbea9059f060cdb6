#include "lib/modules/openssl/tls_stream.hpp"

#include <algorithm>
#include <climits>
#include <cstdio>
#include <utility>

#include "lib/base/text.hpp"

namespace smtpd::openssl {
namespace {

int bio_read(BIO* bio, char* into, int most) {
  BIO_clear_retry_flags(bio);
  return static_cast<TlsOverStream*>(BIO_get_data(bio))->read_octets(into, most);
}

int bio_write(BIO* bio, const char* from, int count) {
  BIO_clear_retry_flags(bio);
  return static_cast<TlsOverStream*>(BIO_get_data(bio))->write_octets(from, count);
}

long bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

/// Made once and kept.
BIO_METHOD* method() {
  static BIO_METHOD* const made = [] {
    BIO_METHOD* const stream = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
    if (!stream) return stream;
    BIO_meth_set_read(stream, bio_read);
    BIO_meth_set_write(stream, bio_write);
    BIO_meth_set_ctrl(stream, bio_control);
    return stream;
  }();
  return made;
}

unsigned number_at(std::string_view octets, std::size_t at) {
  return static_cast<unsigned>(static_cast<unsigned char>(octets[at])) << 8 |
         static_cast<unsigned char>(octets[at + 1]);
}

std::string version_name(unsigned version) {
  switch (version) {
    case SSL3_VERSION: return "SSLv3";
    case TLS1_VERSION: return "TLSv1";
    case TLS1_1_VERSION: return "TLSv1.1";
    case TLS1_2_VERSION: return "TLSv1.2";
    case TLS1_3_VERSION: return "TLSv1.3";
    default: return {};
  }
}

void append_word(std::string& text, std::string_view word) {
  if (!text.empty()) text += ' ';
  text += word;
}

}  // namespace

TlsOverStream::TlsOverStream(io::Stream& peer, std::string_view ahead, Connection connection)
    : peer_(peer), ahead_(ahead), ssl_(std::move(connection)) {
  BIO* const bio = BIO_new(method());
  if (!bio) return;  // the handshake says so
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_app_data(ssl_.get(), this);
}

int TlsOverStream::read_octets(char* into, int most) {
  if (!ahead_.empty()) {
    const std::size_t count = ahead_.copy(into, static_cast<std::size_t>(most));
    ahead_.erase(0, count);
    return static_cast<int>(count);
  }
  const auto got = peer_.read({into, static_cast<std::size_t>(most)}, deadline_, interrupt_);
  if (got) return static_cast<int>(*got);
  error_ = got.error();
  // What ended the wait leaves the connection as it was.
  if (error_->code == Errc::timeout || error_->code == Errc::stopped)
    BIO_set_retry_read(SSL_get_rbio(ssl_.get()));
  return -1;
}

int TlsOverStream::write_octets(const char* from, int count) {
  const auto sent = peer_.write({from, static_cast<std::size_t>(count)}, deadline_);
  if (sent) return count;
  error_ = sent.error();
  return -1;
}

Error TlsOverStream::failure(int result, std::string_view what) {
  const int kind = SSL_get_error(ssl_.get(), result);
  if (error_) {
    ERR_clear_error();
    return *std::exchange(error_, {});
  }
  if (kind == SSL_ERROR_ZERO_RETURN || (kind == SSL_ERROR_SYSCALL && ERR_peek_error() == 0))
    return {Errc::closed,
            std::string(what) + (SSL_is_server(ssl_.get()) == 1 ? ": closed by the client"
                                                                : ": closed by the server")};
  Error found = error(what);
  found.code = Errc::syntax;
  return found;
}

std::expected<void, Error> TlsOverStream::handshake(Deadline deadline) {
  deadline_ = deadline;
  ERR_clear_error();
  const int result = SSL_get_rbio(ssl_.get()) ? SSL_do_handshake(ssl_.get()) : -1;
  if (result != 1) {
    Error failed = failure(result, "the handshake failed");
    failed.what += offer_text();
    return std::unexpected(std::move(failed));
  }
  learn_facts();
  own_identities.clear();
  return {};
}

std::expected<std::size_t, Error> TlsOverStream::read(std::span<char> buffer, Deadline deadline,
                                                      Interrupt interrupt) {
  deadline_ = deadline;
  interrupt_ = interrupt;
  error_.reset();
  ERR_clear_error();
  const int most = static_cast<int>(std::min<std::size_t>(buffer.size(), INT_MAX));
  const int got = SSL_read(ssl_.get(), buffer.data(), most);
  interrupt_ = Interrupt::no;
  if (got > 0) return static_cast<std::size_t>(got);
  if (!error_ && SSL_get_error(ssl_.get(), got) == SSL_ERROR_ZERO_RETURN) return 0;
  Error failed = failure(got, "TLS failed");
  if (failed.code == Errc::syntax) failed.code = Errc::closed;
  return std::unexpected(std::move(failed));
}

std::expected<void, Error> TlsOverStream::write(std::string_view octets, Deadline deadline) {
  deadline_ = deadline;
  error_.reset();
  ERR_clear_error();
  while (!octets.empty()) {
    const int count = static_cast<int>(std::min<std::size_t>(octets.size(), INT_MAX));
    const int sent = SSL_write(ssl_.get(), octets.data(), count);
    if (sent <= 0) {
      Error failed = failure(sent, "TLS failed");
      if (failed.code == Errc::syntax) failed.code = Errc::closed;
      return std::unexpected(std::move(failed));
    }
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

// A record may have nothing for us in it, and a part of one is no input yet.
io::Input TlsOverStream::wait_for_input(Deadline deadline) {
  error_.reset();
  while (true) {
    deadline_ = deadline;
    // What TLS has read ahead may be a whole record: looking at it waits for nobody.
    if (SSL_has_pending(ssl_.get()) == 0 && ahead_.empty()) {
      const io::Input below = peer_.wait_for_input(deadline);
      if (below != io::Input::data) return below;
    }
    ERR_clear_error();
    char octet = 0;
    const int got = SSL_peek(ssl_.get(), &octet, 1);
    if (got > 0) return io::Input::data;
    if (!error_) return io::Input::end;
    const Errc code = std::exchange(error_, {})->code;
    return code == Errc::timeout || code == Errc::stopped ? io::Input::silent : io::Input::end;
  }
}

// A client that does not take the end of TLS at once does without.
void TlsOverStream::part() {
  deadline_ = Deadline::at(SteadyTime());
  if (SSL_is_init_finished(ssl_.get()) == 1) SSL_shutdown(ssl_.get());
  ERR_clear_error();
  peer_.part();
}

void TlsOverStream::learn_facts() {
  SSL* const ssl = ssl_.get();
  const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  facts_.protocol = SSL_get_version(ssl);
  facts_.cipher = SSL_get_cipher_name(ssl);
  facts_.server_name = name ? name : "";
  facts_.resumed = SSL_session_reused(ssl) == 1;
  if (X509* const peer = SSL_is_server(ssl) == 1 ? SSL_get0_peer_certificate(ssl) : nullptr) {
    facts_.client_fingerprint = fingerprint_of(peer);
    facts_.client_key_fingerprint = key_fingerprint_of(peer);
    facts_.client_subject = subject_of(peer);
    facts_.client_verified = SSL_get_verify_result(ssl) == X509_V_OK;
  }
  constexpr std::string_view label = "EXPORTER-Channel-Binding";
  unsigned char value[32];
  if (SSL_version(ssl) >= TLS1_3_VERSION &&
      SSL_export_keying_material(ssl, value, sizeof value, label.data(), label.size(), value, 0,
                                 1) == 1)
    facts_.exporter.assign(reinterpret_cast<const char*>(value), sizeof value);
}

std::string TlsOverStream::offer_text() const {
  constexpr std::size_t most = 24;  // of each; the rest is counted
  if (offer.ciphers.empty()) return {};
  std::string versions, ciphers;
  for (std::size_t i = 0; i + 1 < offer.versions.size() && i < 2 * most; i += 2) {
    const std::string name = version_name(number_at(offer.versions, i));
    if (!name.empty()) append_word(versions, name);
  }
  for (std::size_t i = 0; i + 1 < offer.ciphers.size(); i += 2) {
    if (i >= 2 * most) {
      append_word(ciphers, "and " + std::to_string((offer.ciphers.size() - i) / 2) + " more");
      break;
    }
    const auto* const octets = reinterpret_cast<const unsigned char*>(offer.ciphers.data() + i);
    const SSL_CIPHER* const cipher = SSL_CIPHER_find(ssl_.get(), octets);
    char number[16];
    std::snprintf(number, sizeof number, "0x%04X", number_at(offer.ciphers, i));
    append_word(ciphers, cipher ? SSL_CIPHER_get_name(cipher) : number);
  }
  return "; the client offers " + versions + " with " + ciphers;
}

}  // namespace smtpd::openssl
