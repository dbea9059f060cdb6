#include "tests/support/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <memory>

#include "tests/support/files.hpp"

namespace smtpd::transcript {
namespace {

constexpr long day = 86'400;  // seconds

template <class Write>
std::expected<void, std::string> write_pem(const std::string& path, Write write) {
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new(BIO_s_mem()), BIO_free);
  if (write(bio.get()) != 1) return std::unexpected(path + ": OpenSSL cannot write it");
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  if (auto written = write_file(path, {text, static_cast<std::size_t>(length)}); !written)
    return std::unexpected(written.error());
  return {};
}

}  // namespace

std::expected<void, std::string> make_certificate(const std::string& path,
                                                  const CertificateWish& wish) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
      wish.rsa_bits > 0 ? EVP_RSA_gen(wish.rsa_bits) : EVP_EC_gen(wish.curve.c_str()),
      EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
  X509* const x = certificate.get();
  if (!key || !x) return std::unexpected("OpenSSL makes no key");
  X509_set_version(x, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), wish.begins * day);
  X509_gmtime_adj(X509_getm_notAfter(x), wish.days * day);
  const std::string name = wish.names.empty() ? "mx.test" : wish.names.front();
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.data()),
                             static_cast<int>(name.size()), -1, 0);
  X509_set_issuer_name(x, X509_get_subject_name(x));
  X509_set_pubkey(x, key.get());
  std::string names;
  for (const std::string& each : wish.names)
    names.append(names.empty() ? "DNS:" : ",DNS:").append(each);
  if (names.empty()) names = "DNS:mx.test";
  X509_EXTENSION* const extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
  X509_add_ext(x, extension, -1);
  X509_EXTENSION_free(extension);
  if (X509_sign(x, key.get(), EVP_sha256()) == 0) return std::unexpected("OpenSSL does not sign");
  if (auto done = write_pem(path + ".crt", [&](BIO* bio) { return PEM_write_bio_X509(bio, x); });
      !done)
    return done;
  const auto written = write_pem(path + ".key", [&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  ::chmod((path + ".key").c_str(), 0600);
  return written;
}

}  // namespace smtpd::transcript
