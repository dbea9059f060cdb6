#include "tests/support/tls_client.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <thread>

#include "lib/base/text.hpp"

namespace smtpd::transcript {
namespace {

std::string openssl_error() {
  const unsigned long code = ERR_get_error();
  const char* const reason = code ? ERR_reason_error_string(code) : nullptr;
  ERR_clear_error();
  return reason ? reason : "no reason given";
}

/// OpenSSL keeps its errors by thread, and in process the server that writes to this client is in
/// the middle of an error of its own.
template <class F>
void apart(F function) {
  std::thread(function).join();
}

int version_of(std::string_view text) {
  constexpr std::array<std::string_view, 4> names{"1.0", "1.1", "1.2", "1.3"};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (text == names[i]) return TLS1_VERSION + static_cast<int>(i);
  return 0;
}

}  // namespace

std::expected<TlsWish, std::string> parse_tls_wish(std::string_view text) {
  TlsWish wish;
  struct Key {
    std::string_view name;
    std::string TlsWish::* member;
  };
  constexpr std::array keys{Key{"sni", &TlsWish::sni},
                            Key{"min", &TlsWish::min},
                            Key{"max", &TlsWish::max},
                            Key{"alpn", &TlsWish::alpn},
                            Key{"ciphers", &TlsWish::ciphers},
                            Key{"cert", &TlsWish::certificate},
                            Key{"verify", &TlsWish::verify},
                            Key{"resume", &TlsWish::resume},
                            Key{"expect.version", &TlsWish::version},
                            Key{"expect.cipher", &TlsWish::cipher},
                            Key{"expect.resumed", &TlsWish::resumed}};
  for (const std::string_view word : words(text)) {
    if (word == "fail") {
      wish.fails = true;
      continue;
    }
    const auto equals = std::min(word.find('='), word.size());
    bool known = false;
    for (const Key& key : keys) {
      if (word.substr(0, equals) != key.name || equals == word.size()) continue;
      wish.*key.member = word.substr(equals + 1);
      known = true;
    }
    if (!known) return std::unexpected("T: does not know '" + std::string(word) + "'");
  }
  for (const std::string& version : {wish.min, wish.max}) {
    if (!version.empty() && version_of(version) == 0)
      return std::unexpected("T: has the versions 1.0, 1.1, 1.2 and 1.3");
  }
  return wish;
}

std::expected<std::unique_ptr<TlsClient>, std::string> TlsClient::start(TlsWish wish,
                                                                        TlsSessions& sessions) {
  std::unique_ptr<TlsClient> client(new TlsClient);
  client->wish_ = std::move(wish);
  client->sessions_ = &sessions;
  if (std::string problem = client->set_up(); !problem.empty())
    return std::unexpected(std::move(problem));
  apart([&] { client->go_on(); });
  return client;
}

TlsClient::~TlsClient() { SSL_free(ssl_); }

std::string TlsClient::set_up() {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()),
                                                             SSL_CTX_free);
  SSL_CTX* const ctx = context.get();
  SSL_CTX_set_min_proto_version(ctx, version_of(wish_.min));
  SSL_CTX_set_max_proto_version(ctx, version_of(wish_.max));
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(ctx, keep_session);
  if (!wish_.ciphers.empty() && SSL_CTX_set_cipher_list(ctx, wish_.ciphers.c_str()) != 1)
    return "ciphers=: there is none";
  if (!wish_.certificate.empty() &&
      (SSL_CTX_use_certificate_chain_file(ctx, (wish_.certificate + ".crt").c_str()) != 1 ||
       SSL_CTX_use_PrivateKey_file(ctx, (wish_.certificate + ".key").c_str(), SSL_FILETYPE_PEM) !=
           1))
    return "cert=" + wish_.certificate + ": " + openssl_error();
  if (!wish_.verify.empty()) {
    if (SSL_CTX_load_verify_file(ctx, wish_.verify.c_str()) != 1)
      return "verify=" + wish_.verify + ": " + openssl_error();
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, nullptr);
  }
  ssl_ = SSL_new(ctx);
  SSL_set_app_data(ssl_, this);
  SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(ssl_);
  if (!wish_.sni.empty()) {
    SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, wish_.sni.data());
    if (!wish_.verify.empty()) SSL_set1_host(ssl_, wish_.sni.c_str());
  }
  if (!wish_.alpn.empty()) {
    const std::string list = static_cast<char>(wish_.alpn.size()) + wish_.alpn;
    SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(list.data()),
                        static_cast<unsigned>(list.size()));
  }
  if (const auto kept = sessions_->find(wish_.resume); kept != sessions_->end()) {
    const auto* at = reinterpret_cast<const unsigned char*>(kept->second.data());
    SSL_SESSION* const session =
        d2i_SSL_SESSION(nullptr, &at, static_cast<long>(kept->second.size()));
    SSL_set_session(ssl_, session);
    SSL_SESSION_free(session);
  }
  return {};
}

int TlsClient::keep_session(SSL* ssl, SSL_SESSION* session) {
  const TlsClient& self = *static_cast<TlsClient*>(SSL_get_app_data(ssl));
  unsigned char* octets = nullptr;
  const int length = i2d_SSL_SESSION(session, &octets);
  if (!self.wish_.resume.empty() && length > 0) {
    (*self.sessions_)[self.wish_.resume].assign(reinterpret_cast<const char*>(octets),
                                                static_cast<std::size_t>(length));
  }
  OPENSSL_free(octets);
  return 0;
}

void TlsClient::receive(std::string_view octets) {
  apart([&] {
    BIO_write(SSL_get_rbio(ssl_), octets.data(), static_cast<int>(octets.size()));
    go_on();
  });
}

void TlsClient::go_on() {
  if (state_ == State::going_on) {
    const int result = SSL_do_handshake(ssl_);
    if (result == 1) {
      state_ = State::done;
    } else if (SSL_get_error(ssl_, result) != SSL_ERROR_WANT_READ) {
      state_ = State::failed;
      error_ = openssl_error();
    }
  }
  std::array<char, 16384> buffer;
  while (state_ == State::done) {
    const int got = SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()));
    if (got <= 0) {
      const int kind = SSL_get_error(ssl_, got);
      if (kind == SSL_ERROR_SSL) {
        state_ = State::failed;
        error_ = openssl_error();
      }
      break;
    }
    plain_.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

void TlsClient::send(std::string_view octets) {
  if (state_ == State::done && !octets.empty())
    apart([&] { SSL_write(ssl_, octets.data(), static_cast<int>(octets.size())); });
}

std::string TlsClient::take_output() {
  std::string output(BIO_ctrl_pending(SSL_get_wbio(ssl_)), '\0');
  if (!output.empty()) BIO_read(SSL_get_wbio(ssl_), output.data(), static_cast<int>(output.size()));
  return output;
}

std::string TlsClient::complaint() const {
  if (wish_.fails) return state_ == State::done ? "the handshake succeeds: " + summary() : "";
  if (state_ != State::done) return "the handshake fails: " + error_;
  const std::string version = SSL_get_version(ssl_), cipher = SSL_get_cipher_name(ssl_);
  const std::string resumed = SSL_session_reused(ssl_) ? "yes" : "no";
  if (!wish_.version.empty() && version != "TLSv" + wish_.version) return "it is " + summary();
  if (!wish_.cipher.empty() && cipher != wish_.cipher) return "it is " + summary();
  if (!wish_.resumed.empty() && resumed != wish_.resumed) return "it is " + summary();
  return {};
}

std::string TlsClient::exporter() const {
  constexpr std::string_view label = "EXPORTER-Channel-Binding";
  std::array<unsigned char, 32> value{};
  apart([&] {
    SSL_export_keying_material(ssl_, value.data(), value.size(), label.data(), label.size(),
                               nullptr, 0, 0);
  });
  return {value.begin(), value.end()};
}

std::string TlsClient::summary() const {
  if (state_ != State::done) return error_;
  return std::string(SSL_get_version(ssl_)) + ' ' + SSL_get_cipher_name(ssl_) +
         (SSL_session_reused(ssl_) ? " resumed" : "");
}

}  // namespace smtpd::transcript
