#pragma once
/// Certificates that tests make for themselves.
#include <expected>
#include <string>
#include <vector>

namespace smtpd::transcript {

/// What the lines of [certificate PATH] say: `name HOST`, `key ec`, `key rsa`, `key rsa BITS` or
/// `key ec CURVE`, `days N`
/// (negative: it has expired so many days ago), `begins N` (it is valid so many days from now).
struct CertificateWish {
  std::vector<std::string> names;
  unsigned rsa_bits = 0;  ///< 0: an elliptic curve
  std::string curve = "P-256";
  long days = 30;
  // Tests in process have a clock of their own, which begins in January 2026.
  long begins = -1000;
};

/// Makes PATH.crt, signed by itself, and PATH.key. Errors: a sentence.
std::expected<void, std::string> make_certificate(const std::string& path,
                                                  const CertificateWish& wish);

}  // namespace smtpd::transcript
