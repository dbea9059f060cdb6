/// Certificates and private keys in PEM files (RFC 7468).
#include "lib/modules/openssl/identity.hpp"

#include <fcntl.h>
#include <openssl/decoder.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lib/base/file.hpp"
#include "lib/base/hex.hpp"
#include "lib/base/text.hpp"
#include "lib/base/unique_fd.hpp"

namespace smtpd::openssl {
namespace {

constexpr std::size_t largest_file = 1 << 20;  // octets; a list of all authorities has a quarter
using Bio = std::unique_ptr<BIO, Freer<BIO_free>>;

Error problem(Errc code, const std::string& path, std::string_view what) {
  return {code, path + std::string(what)};
}

std::expected<std::string, Error> read_file(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) {
    const Errc code = errno == EACCES ? Errc::permission : Errc::io;
    return std::unexpected(problem(code, path, std::string(": ") + std::strerror(errno)));
  }
  auto text = read_regular(fd.get(), largest_file);
  if (text) return text;
  if (text.error().code == Errc::limit)
    return std::unexpected(problem(Errc::config, path, " is larger than any certificate"));
  return std::unexpected(problem(text.error().code, path, ": " + text.error().what));
}

/// PKCS #8 of the type that the certificate has (RFC 5958), the form of nearly all files. A reader
/// of any form makes a list of all readers first, a twentieth of a session's time.
Key read_usual_key(BIO* bio, X509* certificate) {
  char *name = nullptr, *header = nullptr;
  unsigned char* der = nullptr;
  long length = 0;
  if (PEM_read_bio(bio, &name, &header, &der, &length) != 1) return {};
  EVP_PKEY* key = nullptr;
  EVP_PKEY* const half = X509_get0_pubkey(certificate);
  const char* const type = half ? EVP_PKEY_get0_type_name(half) : nullptr;
  if (type && std::string_view(name) == PEM_STRING_PKCS8INF) {
    const std::unique_ptr<OSSL_DECODER_CTX, Freer<OSSL_DECODER_CTX_free>> decoder(
        OSSL_DECODER_CTX_new_for_pkey(&key, "DER", "PrivateKeyInfo", type, EVP_PKEY_KEYPAIR,
                                      nullptr, nullptr));
    const unsigned char* at = der;
    auto left = static_cast<std::size_t>(length);
    if (decoder) OSSL_DECODER_from_data(decoder.get(), &at, &left);
  }
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_clear_free(der, static_cast<std::size_t>(length));
  return Key(key);
}

/// Null if there is none that needs no password.
Key read_key(const std::string& pem, X509* certificate) {
  const auto open = [&] { return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); };
  Key key;
  if (const Bio bio = open()) key = read_usual_key(bio.get(), certificate);
  if (const Bio bio = key ? Bio() : open())
    key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  return key;
}

std::string sha256_hex(const unsigned char* octets, std::size_t size) {
  unsigned char value[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (EVP_Digest(octets, size, value, &length, EVP_sha256(), nullptr) != 1) return {};
  return hex({reinterpret_cast<const char*>(value), length});
}

std::string key_type(X509* certificate) {
  EVP_PKEY* const key = X509_get0_pubkey(certificate);
  if (!key) return "a key of an unknown type";
  const char* const name = EVP_PKEY_get0_type_name(key);
  const std::string text = name ? name : "?";
  char group[80];
  if (EVP_PKEY_get_group_name(key, group, sizeof group, nullptr) == 1) return text + ' ' + group;
  return text + ' ' + std::to_string(EVP_PKEY_get_bits(key));
}

std::int64_t seconds_of(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? std::int64_t{::timegm(&parts)} : 0;
}

std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, Freer<GENERAL_NAMES_free>> all(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type != GEN_DNS) continue;
    const ASN1_IA5STRING* const text = name->d.dNSName;
    names.push_back(printable({reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                               static_cast<std::size_t>(ASN1_STRING_length(text))}));
  }
  return names;
}

}  // namespace

std::expected<std::vector<Certificate>, Error> read_certificates(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return std::unexpected(text.error());
  const Bio bio(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
  std::vector<Certificate> all;
  while (bio) {
    Certificate next(PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr));
    if (!next) break;
    all.push_back(std::move(next));
  }
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!ended) return std::unexpected(problem(Errc::config, path, " holds a damaged certificate"));
  if (all.empty()) return std::unexpected(problem(Errc::config, path, " holds no certificate"));
  return all;
}

std::expected<std::string, Error> read_ocsp(const std::string& path) {
  constexpr long tolerance = 300;  // seconds that clocks may differ
  auto der = read_file(path);
  if (!der) return der;
  const auto* at = reinterpret_cast<const unsigned char*>(der->data());
  const std::unique_ptr<OCSP_RESPONSE, Freer<OCSP_RESPONSE_free>> response(
      d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der->size())));
  const std::unique_ptr<OCSP_BASICRESP, Freer<OCSP_BASICRESP_free>> basic(
      response ? OCSP_response_get1_basic(response.get()) : nullptr);
  const OCSP_SINGLERESP* const single = basic ? OCSP_resp_get0(basic.get(), 0) : nullptr;
  ERR_clear_error();
  if (!single) return std::unexpected(problem(Errc::config, path, " is no OCSP response"));
  ASN1_GENERALIZEDTIME *from = nullptr, *until = nullptr;
  OCSP_single_get0_status(const_cast<OCSP_SINGLERESP*>(single), nullptr, nullptr, &from, &until);
  const bool counts = OCSP_check_validity(from, until, tolerance, -1) == 1;
  ERR_clear_error();
  if (!counts)
    return std::unexpected(problem(Errc::config, path, " is an OCSP response of another time"));
  return der;
}

std::expected<LoadedIdentity, Error> load(const TlsIdentity& identity) {
  auto chain = read_certificates(identity.certificate);
  if (!chain) return std::unexpected(chain.error());
  const auto text = read_file(identity.key);
  if (!text) return std::unexpected(text.error());
  Key key = read_key(*text, chain->front().get());
  if (!key) {
    return std::unexpected(
        problem(Errc::config, identity.key, " holds no private key, or one with a password"));
  }
  if (X509_check_private_key(chain->front().get(), key.get()) != 1) {
    ERR_clear_error();
    return std::unexpected(problem(Errc::config, identity.key,
                                   " is not the key of the certificate " + identity.certificate));
  }
  return LoadedIdentity{std::move(*chain), std::move(key), identity.ocsp};
}

std::string subject_of(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio) return {};
  X509_NAME_print_ex(bio.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return printable({text, static_cast<std::size_t>(length)});
}

std::string fingerprint_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int length = i2d_X509(certificate, &der);
  if (length <= 0) return {};
  std::string value = sha256_hex(der, static_cast<std::size_t>(length));
  OPENSSL_free(der);
  return value;
}

std::string key_fingerprint_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (length <= 0) return {};
  std::string value = sha256_hex(der, static_cast<std::size_t>(length));
  OPENSSL_free(der);
  return value;
}

CertificateFacts facts_of(X509* certificate) {
  return {.subject = subject_of(certificate),
          .names = names_of(certificate),
          .not_before = seconds_of(X509_get0_notBefore(certificate)),
          .not_after = seconds_of(X509_get0_notAfter(certificate)),
          .key_type = key_type(certificate),
          .key_digest = key_fingerprint_of(certificate)};
}

}  // namespace smtpd::openssl
