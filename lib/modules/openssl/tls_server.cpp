#include "lib/modules/openssl/tls_server.hpp"

#include <openssl/core_names.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

#include "lib/base/text.hpp"
#include "lib/crypto/trial.hpp"
#include "lib/modules/openssl/identity.hpp"
#include "lib/modules/openssl/tls_stream.hpp"

namespace smtpd::openssl {
namespace {

/// Forward secrecy in every one. Mail comes from old programs, too, so those without AEAD stand at
/// the end.
constexpr const char* default_ciphers =
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES:!aNULL:!PSK:!DSS";

class Acceptor final : public TlsAcceptor {
 public:
  explicit Acceptor(const TlsServer& how) : how_(how) {}
  std::expected<void, Error> prepare();
  /// A handshake in memory. Errors: syntax, with OpenSSL's reason.
  std::expected<void, Error> try_out();
  std::expected<std::unique_ptr<TlsStream>, Error> accept(io::Stream& client,
                                                          std::string_view ahead,
                                                          Deadline deadline) override;

 private:
  std::expected<void, Error> set_ciphers();
  std::expected<void, Error> set_identities();
  std::expected<void, Error> set_client_certificates();
  void set_tickets();
  void complain(const std::string& problem) const {
    if (how_.complain) how_.complain(problem);
  }
  bool use_name(SSL* ssl);
  int staple(SSL* ssl);

  static Acceptor& of(void* argument) { return *static_cast<Acceptor*>(argument); }
  static int on_hello(SSL* ssl, int* alert, void* argument);
  static int on_name(SSL* ssl, int* alert, void* argument);
  static int on_certificate(SSL* ssl, void* argument);
  static int on_status(SSL* ssl, void* argument);
  static int on_protocols(SSL* ssl, const unsigned char** chosen, unsigned char* length,
                          const unsigned char* offered, unsigned int size, void* argument);
  static int on_ticket(SSL* ssl, unsigned char* name, unsigned char* vector, EVP_CIPHER_CTX* cipher,
                       EVP_MAC_CTX* mac, int makes);

  TlsServer how_;
  std::vector<LoadedIdentity> identities_;
  Context context_;
};

std::expected<void, Error> Acceptor::prepare() {
  context_.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const context = context_.get();
  if (!context) return std::unexpected(error("cannot begin with TLS"));
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_min_proto_version(context, number_of(how_.least));
  SSL_CTX_set_max_proto_version(context, number_of(how_.most));
  // A client that ends without saying so has sent QUIT or a whole message before, or nothing of
  // use: SMTP has ends of its own.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_dh_auto(context, 1);
  SSL_CTX_set_client_hello_cb(context, on_hello, this);
  // The macros for these two cast in C's way.
  SSL_CTX_callback_ctrl(context, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                        reinterpret_cast<void (*)()>(&Acceptor::on_name));
  SSL_CTX_set_cert_cb(context, on_certificate, this);
  SSL_CTX_callback_ctrl(context, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB,
                        reinterpret_cast<void (*)()>(&Acceptor::on_status));
  SSL_CTX_set_tlsext_status_arg(context, this);
  SSL_CTX_set_alpn_select_cb(context, on_protocols, this);
  set_tickets();
  for (const auto step :
       {&Acceptor::set_ciphers, &Acceptor::set_identities, &Acceptor::set_client_certificates}) {
    if (auto done = (this->*step)(); !done) return done;
  }
  return {};
}

std::expected<void, Error> Acceptor::set_ciphers() {
  const std::string list = how_.ciphers.empty() ? default_ciphers : how_.ciphers;
  if (SSL_CTX_set_cipher_list(context_.get(), list.c_str()) != 1) {
    ERR_clear_error();
    return std::unexpected(Error{Errc::config, "there is no cipher in '" + printable(list) + '\''});
  }
  if (!how_.suites.empty() && SSL_CTX_set_ciphersuites(context_.get(), how_.suites.c_str()) != 1) {
    ERR_clear_error();
    return std::unexpected(
        Error{Errc::config, "there is no cipher of TLS 1.3 in '" + printable(how_.suites) + '\''});
  }
  return {};
}

std::expected<void, Error> Acceptor::set_identities() {
  for (const TlsIdentity& files : how_.identities) {
    auto loaded = load(files);
    if (!loaded) return std::unexpected(loaded.error());
    identities_.push_back(std::move(*loaded));
  }
  for (const LoadedIdentity& each : identities_) {
    SSL_CTX_use_certificate(context_.get(), each.chain.front().get());
    SSL_CTX_use_PrivateKey(context_.get(), each.key.get());
    for (std::size_t i = 1; i < each.chain.size(); ++i)
      SSL_CTX_add1_chain_cert(context_.get(), each.chain[i].get());
  }
  // A key that this library thinks too weak, for example.
  if (ERR_peek_error() != 0) {
    Error problem = error(how_.identities.front().certificate + " cannot be used");
    problem.code = Errc::config;
    return std::unexpected(std::move(problem));
  }
  return {};
}

std::expected<void, Error> Acceptor::set_client_certificates() {
  SSL_CTX* const context = context_.get();
  if (!how_.authorities.empty()) {
    const auto all = read_certificates(how_.authorities);
    if (!all) return std::unexpected(all.error());
    X509_STORE* const store = SSL_CTX_get_cert_store(context);
    for (const Certificate& each : *all) {
      X509_STORE_add_cert(store, each.get());
      SSL_CTX_add_client_CA(context, each.get());
    }
    ERR_clear_error();
  }
  if (how_.client_certificate == ClientCertificate::none) return {};
  const bool required = how_.client_certificate == ClientCertificate::require;
  // Which certificates are good enough is known by who asked for them; only where authorities are
  // named and a certificate is required, the handshake itself says no.
  const auto take_any = [](int, X509_STORE_CTX*) { return 1; };
  SSL_CTX_set_verify(
      context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
      required && !how_.authorities.empty() ? nullptr : static_cast<SSL_verify_cb>(take_any));
  return {};
}

void Acceptor::set_tickets() {
  SSL_CTX* const context = context_.get();
  constexpr std::string_view realm = "smtpd";
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_session_id_context(context, octets_of(realm), static_cast<unsigned>(realm.size()));
  if (how_.ticket_keys.empty()) {
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
  } else {
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
  }
}

std::expected<std::unique_ptr<TlsStream>, Error> Acceptor::accept(io::Stream& client,
                                                                  std::string_view ahead,
                                                                  Deadline deadline) {
  Connection connection(SSL_new(context_.get()));
  if (!connection) return std::unexpected(error("cannot begin with TLS"));
  SSL_set_accept_state(connection.get());
  auto stream = std::make_unique<TlsOverStream>(client, ahead, std::move(connection));
  if (const auto done = stream->handshake(deadline); !done) return std::unexpected(done.error());
  return stream;
}

std::expected<void, Error> Acceptor::try_out() {
  constexpr int most_rounds = 20;                                 // three are enough
  SSL_CTX_set_client_hello_cb(context_.get(), nullptr, nullptr);  // it knows of streams alone
  const Context client_context(SSL_CTX_new(TLS_client_method()));
  if (!client_context) return std::unexpected(error("cannot begin with TLS"));
  SSL_CTX_set_security_level(client_context.get(), 0);
  SSL_CTX_set_min_proto_version(client_context.get(), number_of(how_.least));
  SSL_CTX_set_cipher_list(client_context.get(), "ALL");
  const Connection client(SSL_new(client_context.get())), server(SSL_new(context_.get()));
  BIO *client_side = nullptr, *server_side = nullptr;
  if (!client || !server || BIO_new_bio_pair(&client_side, 0, &server_side, 0) != 1)
    return std::unexpected(error("cannot begin with TLS"));
  SSL_set_bio(client.get(), client_side, client_side);
  SSL_set_bio(server.get(), server_side, server_side);
  SSL_set_connect_state(client.get());
  SSL_set_accept_state(server.get());
  for (int round = 0; round < most_rounds; ++round) {
    bool done = true;
    for (SSL* const side : {client.get(), server.get()}) {
      ERR_clear_error();
      const int status = SSL_do_handshake(side);
      if (status == 1) continue;
      done = false;
      const int reason = SSL_get_error(side, status);
      if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE) continue;
      Error failure = error("a handshake fails");
      failure.code = Errc::syntax;
      return std::unexpected(std::move(failure));
    }
    if (done) return {};
  }
  return std::unexpected(Error{Errc::syntax, "a handshake does not end"});
}

/// What is only of use to say later what the client could have done.
int Acceptor::on_hello(SSL* ssl, int*, void*) {
  constexpr std::size_t most = 512;  // octets
  constexpr unsigned int supported_versions = TLSEXT_TYPE_supported_versions;
  Offer& offer = TlsOverStream::of(ssl).offer;
  const unsigned char* octets = nullptr;
  std::size_t size = SSL_client_hello_get0_ciphers(ssl, &octets);
  offer.ciphers.assign(reinterpret_cast<const char*>(octets), std::min(size, most));
  if (SSL_client_hello_get0_ext(ssl, supported_versions, &octets, &size) == 1 && size > 1) {
    offer.versions.assign(reinterpret_cast<const char*>(octets + 1), std::min(size - 1, most));
  } else {
    const unsigned version = SSL_client_hello_get0_legacy_version(ssl);
    offer.versions = {static_cast<char>(version >> 8), static_cast<char>(version & 0xff)};
  }
  return SSL_CLIENT_HELLO_SUCCESS;
}

int Acceptor::on_name(SSL*, int*, void*) { return SSL_TLSEXT_ERR_OK; }

bool Acceptor::use_name(SSL* ssl) {
  const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (!name || !how_.for_name) return true;
  std::vector<LoadedIdentity> own;
  for (const TlsIdentity& files : how_.for_name(lower(name))) {
    auto loaded = load(files);
    if (!loaded) {
      complain(loaded.error().what);
      return true;  // the other certificate is better than none
    }
    own.push_back(std::move(*loaded));
  }
  if (own.empty()) return true;
  SSL_certs_clear(ssl);
  for (const LoadedIdentity& each : own) {
    if (SSL_use_certificate(ssl, each.chain.front().get()) != 1 ||
        SSL_use_PrivateKey(ssl, each.key.get()) != 1)
      return false;
    for (std::size_t i = 1; i < each.chain.size(); ++i)
      SSL_add1_chain_cert(ssl, each.chain[i].get());
  }
  TlsOverStream::of(ssl).own_identities = std::move(own);
  return true;
}

int Acceptor::on_certificate(SSL* ssl, void* argument) {
  try {
    return of(argument).use_name(ssl) ? 1 : 0;
  } catch (const std::bad_alloc&) {
    return 0;
  }
}

int Acceptor::staple(SSL* ssl) {
  const auto* own = &TlsOverStream::of(ssl).own_identities;
  if (own->empty()) own = &identities_;
  const X509* const used = SSL_get_certificate(ssl);
  const auto found = std::ranges::find_if(*own, [&](const LoadedIdentity& each) {
    return X509_cmp(each.chain.front().get(), used) == 0;
  });
  if (found == own->end() || found->ocsp.empty()) return SSL_TLSEXT_ERR_NOACK;
  const auto answer = read_ocsp(found->ocsp);
  if (!answer) {
    complain(answer.error().what);
    return SSL_TLSEXT_ERR_NOACK;
  }
  void* const copy = OPENSSL_memdup(answer->data(), answer->size());
  if (!copy) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(answer->size()));
  return SSL_TLSEXT_ERR_OK;
}

int Acceptor::on_status(SSL* ssl, void* argument) {
  try {
    return of(argument).staple(ssl);
  } catch (const std::bad_alloc&) {
    return SSL_TLSEXT_ERR_NOACK;
  }
}

// NOLINTBEGIN(readability-function-size): the parameters of these two are what OpenSSL calls them
// with.

// A client that names only other protocols has been sent here by somebody (RFC 7301 3.2).
int Acceptor::on_protocols(SSL*, const unsigned char** chosen, unsigned char* length,
                           const unsigned char* offered, unsigned int size, void*) {
  constexpr std::string_view smtp = "smtp";
  for (unsigned int at = 0; at < size; at += 1U + offered[at]) {
    if (std::string_view(reinterpret_cast<const char*>(offered + at + 1), offered[at]) != smtp)
      continue;
    *chosen = offered + at + 1;
    *length = offered[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// A key is 16 octets of name, 32 for AES, 32 for the digest.
int Acceptor::on_ticket(SSL* ssl, unsigned char* name, unsigned char* vector,
                        EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int makes) {
  constexpr std::size_t name_size = 16, secret_size = 32;
  const auto& keys =
      static_cast<Acceptor*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)))->how_.ticket_keys;
  std::size_t at = 0;
  if (makes) {
    std::memcpy(name, keys.front().data(), name_size);
    if (RAND_bytes(vector, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return -1;
  } else {
    while (at < keys.size() && std::memcmp(name, keys[at].data(), name_size) != 0) ++at;
    if (at == keys.size()) return 0;
  }
  std::string secret = keys[at].substr(name_size);
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, secret.data() + secret_size,
                                        secret_size),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  const bool ready = EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, octets_of(secret),
                                       vector, makes ? 1 : 0) == 1 &&
                     EVP_MAC_CTX_set_params(mac, parameters) == 1;
  OPENSSL_cleanse(secret.data(), secret.size());
  if (!ready) return -1;
  return at == 0 ? 1 : 2;
}
// NOLINTEND(readability-function-size)

}  // namespace

std::expected<std::unique_ptr<TlsAcceptor>, Error> make_acceptor(const TlsServer& how) {
  auto acceptor = std::make_unique<Acceptor>(how);
  if (const auto ready = acceptor->prepare(); !ready) return std::unexpected(ready.error());
  return acceptor;
}

}  // namespace smtpd::openssl

std::string smtpd_tls_trial(const smtpd::TlsServer& how) noexcept {
  try {
    smtpd::TlsServer plain = how;
    plain.client_certificate = smtpd::ClientCertificate::none;
    smtpd::openssl::Acceptor acceptor(plain);
    for (const auto step : {&smtpd::openssl::Acceptor::prepare, &smtpd::openssl::Acceptor::try_out})
      if (const auto done = (acceptor.*step)(); !done) return done.error().what;
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}
