#include "lib/modules/openssl/tls_client.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <utility>

#include "lib/modules/openssl/tls_stream.hpp"

namespace smtpd::openssl {
namespace {

std::expected<void, Error> trust(SSL_CTX* context, const TlsClient& how) {
  if (!how.verifies) return {};
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (how.authorities.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1)
      return std::unexpected(error("cannot find the system's certificate authorities"));
    return {};
  }
  const auto all = read_certificates(how.authorities);
  if (!all) return std::unexpected(all.error());
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  for (const Certificate& each : *all) X509_STORE_add_cert(store, each.get());
  ERR_clear_error();
  return {};
}

/// An address is no name to ask for, but one that the certificate may have.
std::expected<void, Error> ask_for(SSL* ssl, const TlsClient& how) {
  if (how.name.empty()) return {};
  X509_VERIFY_PARAM* const wanted = SSL_get0_param(ssl);
  bool done = true;
  if (X509_VERIFY_PARAM_set1_ip_asc(wanted, how.name.c_str()) != 1) {
    ERR_clear_error();
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    done = SSL_set1_host(ssl, how.name.c_str()) == 1 &&
           SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                    const_cast<char*>(how.name.c_str())) == 1;
  }
  if (!done) return std::unexpected(error("cannot ask for the server's name"));
  return {};
}

}  // namespace

std::expected<std::unique_ptr<TlsStream>, Error> connect(const TlsClient& how, io::Stream& server,
                                                         Deadline deadline) {
  const Context context(SSL_CTX_new(TLS_client_method()));
  if (!context) return std::unexpected(error("cannot begin with TLS"));
  SSL_CTX_set_min_proto_version(context.get(), number_of(how.least));
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  if (const auto done = trust(context.get(), how); !done) return std::unexpected(done.error());
  Connection connection(SSL_new(context.get()));
  if (!connection) return std::unexpected(error("cannot begin with TLS"));
  if (const auto done = ask_for(connection.get(), how); !done) return std::unexpected(done.error());
  SSL_set_connect_state(connection.get());
  SSL* const ssl = connection.get();
  auto stream = std::make_unique<TlsOverStream>(server, std::string_view(), std::move(connection));
  if (auto done = stream->handshake(deadline); !done) {
    const long verdict = SSL_get_verify_result(ssl);
    if (how.verifies && verdict != X509_V_OK)
      done.error().what += std::string("; ") + X509_verify_cert_error_string(verdict);
    return std::unexpected(std::move(done.error()));
  }
  return stream;
}

}  // namespace smtpd::openssl
