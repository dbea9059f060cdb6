#pragma once
/// The public key of a certificate, as far as it can be told without cryptography: most sessions
/// only announce STARTTLS (RFC 5280 4.1, RFC 8017 A.1.1, RFC 5480 2.1).
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace smtpd {

struct CertificateKey {
  enum class Use : std::uint8_t {
    usual,  ///< nothing is known against it
    /// RSA of less than 2048 bits, which OpenSSL takes at its lower security levels only.
    short_rsa,
    /// A curve other than P-256, P-384 and P-521: clients do not ask for it (RFC 8446 4.2.7).
    odd_curve,
  } use = Use::usual;
  std::size_t bits = 0;  ///< of an RSA key
};

/// That of the first certificate in a PEM file (RFC 7468). What cannot be understood is `usual`.
CertificateKey key_of_certificate(std::string_view pem);

}  // namespace smtpd
