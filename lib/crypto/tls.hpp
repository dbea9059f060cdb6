#pragma once
/// TLS over any stream (RFC 8446, RFC 5246, RFC 6066, RFC 7301).
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.hpp"
#include "lib/base/error.hpp"
#include "lib/crypto/tls_facts.hpp"
#include "lib/io/stream.hpp"

namespace smtpd {

/// The files of one certificate.
struct TlsIdentity {
  std::string certificate;  ///< PEM: the certificate, behind it those that lead to its authority
  std::string key;          ///< PEM, without a password
  std::string ocsp = {};    ///< DER: the authority's answer about it (RFC 6960); may be empty
};

enum class TlsVersion : std::uint8_t { tls1_0, tls1_1, tls1_2, tls1_3 };
enum class ClientCertificate : std::uint8_t { none, request, require };

/// How a server speaks TLS.
struct TlsServer {
  std::vector<TlsIdentity> identities;  ///< one for each type of key
  /// For a client that asks for this name, in lower case: others, or none for those above.
  std::function<std::vector<TlsIdentity>(std::string_view name)> for_name = {};
  TlsVersion least = TlsVersion::tls1_2, most = TlsVersion::tls1_3;
  std::string ciphers = {};  ///< OpenSSL's list for TLS 1.2 and before; empty: a modern one
  std::string suites = {};   ///< of TLS 1.3, with colons between; empty: the library's
  ClientCertificate client_certificate = ClientCertificate::none;
  std::string authorities = {};  ///< PEM: whose client certificates are verified; may be empty
  /// Of `ticket_key_size` random octets each: tickets are made with the first and taken with all.
  /// None: no session is resumed.
  std::vector<std::string> ticket_keys = {};
  /// Hears what is wrong and does not end the handshake.
  std::function<void(std::string_view problem)> complain = {};
};
inline constexpr std::size_t ticket_key_size = 80;

/// How a client speaks TLS.
struct TlsClient {
  /// The server's: it is asked for (SNI), and the certificate has to have it. Empty: any will do.
  std::string name = {};
  /// False: the certificate is not looked at, as mail servers do among each other (RFC 7435).
  bool verifies = true;
  std::string authorities = {};  ///< PEM: whose certificates are good; empty: the system's
  TlsVersion least = TlsVersion::tls1_2;
};

/// A connection with TLS.
class TlsStream : public io::Stream {
 public:
  /// Of the client's certificate nothing is known where this side is the client.
  virtual const Tls& facts() const = 0;
};

/// Certificates and keys, read and found to fit.
class TlsAcceptor {
 public:
  virtual ~TlsAcceptor() = default;
  /// The handshake over `client`, which outlives what comes back. `ahead` are octets that have been
  /// read from it already; TLS begins with them. Errors: timeout, closed, stopped, io, syntax (TLS
  /// failed; the text has the reason and what the client offered).
  virtual std::expected<std::unique_ptr<TlsStream>, Error> accept(io::Stream& client,
                                                                  std::string_view ahead,
                                                                  Deadline deadline) = 0;
};

/// What a certificate says, for an administrator.
struct CertificateFacts {
  std::string subject;                         ///< RFC 2253
  std::vector<std::string> names;              ///< DNS names, as they stand there
  std::int64_t not_before = 0, not_after = 0;  ///< seconds since 1970
  std::string key_type;                        ///< RSA 2048, EC prime256v1, ED25519
  std::string key_digest;  ///< SHA-256 of the public key, hexadecimal: a TLSA record 3 1 1
};

}  // namespace smtpd
