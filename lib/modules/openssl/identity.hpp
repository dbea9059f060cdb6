#pragma once
/// Certificates and keys from files, into a context or a connection.
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "lib/crypto/tls.hpp"
#include "lib/modules/openssl/openssl.hpp"

namespace smtpd::openssl {

using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;

/// A certificate, what leads to its authority, and its key.
struct LoadedIdentity {
  std::vector<Certificate> chain;  ///< its own first; never empty
  Key key;
  std::string ocsp;  ///< of the file
};

/// Errors: io, permission, config (no certificate, another key).
std::expected<LoadedIdentity, Error> load(const TlsIdentity& identity);
/// The certificates of a PEM file, at least one. Errors: as load().
std::expected<std::vector<Certificate>, Error> read_certificates(const std::string& path);
/// An OCSP response that counts now, in DER. Errors: io, permission, config.
std::expected<std::string, Error> read_ocsp(const std::string& path);
/// What a certificate says.
CertificateFacts facts_of(X509* certificate);
/// Hexadecimal SHA-256 of the certificate, and of its public key.
std::string fingerprint_of(X509* certificate);
std::string key_fingerprint_of(X509* certificate);
/// RFC 2253, free of control octets.
std::string subject_of(X509* certificate);

}  // namespace smtpd::openssl
