#pragma once
/// Cryptography behind one interface: digests, keyed digests, keys from passwords, random octets,
/// signatures, TLS.
/// What implements it links OpenSSL and is a module of its own, smtpd-crypto.so, that is loaded
/// when something first asks for it; a session that needs none of it never does.
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/crypto/tls.hpp"

namespace smtpd {

enum class Digest { md5, sha1, sha256, sha384, sha512 };

/// Octets of a digest's value.
constexpr std::size_t size_of(Digest digest) {
  switch (digest) {
    case Digest::md5: return 16;
    case Digest::sha1: return 20;
    case Digest::sha256: return 32;
    case Digest::sha384: return 48;
    case Digest::sha512: return 64;
  }
  return 0;
}

/// What a password is stretched with (RFC 8018 5.2).
struct Stretching {
  std::string_view salt = {};
  std::uint32_t iterations = 4096;  ///< at least 1, at most Crypto::most_iterations
};

/// The kinds of signatures: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 8.2), and Ed25519 (RFC 8032)
/// over the octets themselves.
enum class Signing { rsa_sha256, ed25519 };

/// Errors are of our own making (no memory, a digest that the system's policy forbids): 4xx.
/// Values are raw octets. Nothing throws.
class Crypto {
 public:
  /// More would hold a session for seconds.
  static constexpr std::uint32_t most_iterations = 10'000'000;
  /// Shorter keys prove nothing (RFC 8301 3.2); longer ones hold a session.
  static constexpr int least_rsa_bits = 1024, most_rsa_bits = 16384;

  using Octets = std::expected<std::string, Error>;

  /// The digest of `octets` (RFC 1321, FIPS 180-4). Errors: io.
  virtual Octets digest(Digest digest, std::string_view octets) = 0;
  /// The keyed digest of `octets` (RFC 2104). Errors: io.
  virtual Octets hmac(Digest digest, std::string_view key, std::string_view octets) = 0;
  /// PBKDF2 with HMAC, as many octets as the digest has (SCRAM's Hi, RFC 5802 2.2). Errors: limit
  /// (of the iterations), io.
  virtual Octets pbkdf2(Digest digest, std::string_view password, const Stretching& how) = 0;
  /// `count` octets that nobody can guess. Errors: io.
  virtual Octets random(std::size_t count) = 0;

  /// The signature of `octets` by a private key in PEM. Errors: config (no key of that kind, one
  /// with a password, an RSA key of fewer than `least_rsa_bits`), io.
  virtual Octets sign(Signing kind, const std::string& key, std::string_view octets) = 0;
  /// True if `signature` is that of `octets`. `key` is the public one: for RSA the DER of
  /// SubjectPublicKeyInfo or of RSAPublicKey (both are published, RFC 6376 3.6.1), for Ed25519 its
  /// 32 octets (RFC 8463 4). Errors: config (no key of that kind, an RSA key of fewer or far more
  /// bits than one has), io.
  virtual std::expected<bool, Error> verify(Signing kind, std::string_view key,
                                            std::string_view octets,
                                            std::string_view signature) = 0;

  /// A connection to a server, `server`, with TLS from here on; it outlives what comes back.
  /// Errors: timeout, closed, io, config (an unreadable list of authorities), syntax (TLS failed,
  /// or the server's certificate is not good: the text has the reason).
  virtual std::expected<std::unique_ptr<TlsStream>, Error> tls_client(const TlsClient& how,
                                                                      io::Stream& server,
                                                                      Deadline deadline) = 0;
  /// What a server needs for TLS, its files read. Errors: io, permission, config (files that do not
  /// fit together, ciphers that nobody knows).
  virtual std::expected<std::unique_ptr<TlsAcceptor>, Error> tls_server(const TlsServer& how) = 0;
  /// What a certificate says, when its files can be used. Errors: io, permission, config.
  virtual std::expected<CertificateFacts, Error> certificate(const TlsIdentity& files) = 0;

 protected:
  ~Crypto() = default;  // the one that there is stays
};

/// True if both are the same; how long it takes depends on the lengths alone. Needs no module.
SMTPD_API bool equal_in_constant_time(std::string_view a, std::string_view b);

/// Counts up with every change of the classes above; a module that answers another number is
/// refused.
inline constexpr unsigned crypto_abi = 5;

}  // namespace smtpd
