#pragma once
/// The client's side of TLS in memory, for the line T: of transcripts.
#include <expected>
#include <map>
#include <memory>
#include <string>
#include <string_view>

struct ssl_st;
struct ssl_session_st;

namespace smtpd::transcript {

/// Sessions that T: resume=NAME keeps, in the form that OpenSSL writes.
using TlsSessions = std::map<std::string, std::string>;

/// What stands behind T:.
struct TlsWish {
  std::string sni = {}, min = {}, max = {}, alpn = {}, ciphers = {};
  std::string certificate = {};  ///< PATH.crt and PATH.key
  std::string verify = {};       ///< PATH of certificates that are trusted
  std::string resume = {};       ///< NAME of a session to go on with, if there is one
  std::string version = {}, cipher = {}, resumed = {};  ///< expect.version= and so on
  bool fails = false;                                   ///< the handshake must not succeed
};
/// `k=v` and `fail`, with blanks between. Errors: a sentence.
std::expected<TlsWish, std::string> parse_tls_wish(std::string_view text);

class TlsClient {
 public:
  /// Errors: a sentence about a file or a word.
  static std::expected<std::unique_ptr<TlsClient>, std::string> start(TlsWish wish,
                                                                      TlsSessions& sessions);
  ~TlsClient();

  enum class State { going_on, done, failed };
  State state() const { return state_; }
  /// What came from the server.
  void receive(std::string_view octets);
  /// Encrypts.
  void send(std::string_view octets);
  /// What has to go to the server; what has come from it in clear. Both are taken away.
  std::string take_output();
  std::string take_plain() { return std::move(plain_); }
  /// After the handshake: what is not as expected, a sentence; empty if all is.
  std::string complaint() const;
  /// 32 octets for channel binding (RFC 9266).
  std::string exporter() const;
  /// `TLSv1.3 TLS_AES_256_GCM_SHA384 resumed`, or what went wrong.
  std::string summary() const;

 private:
  TlsClient() = default;
  std::string set_up();
  void go_on();
  static int keep_session(ssl_st* ssl, ssl_session_st* session);

  TlsWish wish_;
  TlsSessions* sessions_ = nullptr;
  ssl_st* ssl_ = nullptr;
  State state_ = State::going_on;
  std::string plain_, error_;
};

}  // namespace smtpd::transcript
