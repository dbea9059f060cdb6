#pragma once
/// Cryptography behind one interface: digests, keyed digests, keys from passwords, random octets,
/// TLS.
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

/// Errors are of our own making (no memory, a digest that the system's policy forbids): 4xx.
/// Values are raw octets. Nothing throws.
class Crypto {
 public:
  /// More would hold a session for seconds.
  static constexpr std::uint32_t most_iterations = 10'000'000;

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

/// The implementation, from the module smtpd-crypto at the first call, or the one that is linked
/// in. It stays until the process ends. Errors: config.
std::expected<Crypto*, Error> load_crypto();

/// Counts up with every change of the classes above; a module that answers another number is
/// refused.
inline constexpr unsigned crypto_abi = 3;

}  // namespace smtpd
