#include "lib/modules/openssl/signatures.hpp"

#include <openssl/decoder.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "lib/modules/openssl/identity.hpp"

namespace smtpd::openssl {
namespace {

using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free>>;

constexpr std::size_t ed25519_key_size = 32;

/// Ed25519 has its own digest inside.
const EVP_MD* digest_of(Signing kind) {
  return kind == Signing::rsa_sha256 ? EVP_sha256() : nullptr;
}

std::unexpected<Error> no_key(std::string_view what) {
  ERR_clear_error();
  return std::unexpected(Error{Errc::config, std::string(what)});
}

std::expected<Key, Error> judged(Key key, Signing kind) {
  const bool rsa = kind == Signing::rsa_sha256;
  if (!key || EVP_PKEY_is_a(key.get(), rsa ? "RSA" : "ED25519") != 1)
    return no_key(rsa ? "it is no RSA key" : "it is no Ed25519 key");
  const int bits = EVP_PKEY_get_bits(key.get());
  if (rsa && (bits < Crypto::least_rsa_bits || bits > Crypto::most_rsa_bits))
    return no_key("an RSA key of " + std::to_string(bits) + " bits is not used");
  return key;
}

Key private_key(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr) : nullptr);
}

/// DER of the form that OpenSSL calls so; all of it.
Key decode(std::string_view der, const char* form) {
  EVP_PKEY* key = nullptr;
  const std::unique_ptr<OSSL_DECODER_CTX, Freer<OSSL_DECODER_CTX_free>> decoder(
      OSSL_DECODER_CTX_new_for_pkey(&key, "DER", form, "RSA", EVP_PKEY_PUBLIC_KEY, nullptr,
                                    nullptr));
  const unsigned char* at = octets_of(der);
  std::size_t left = der.size();
  const bool done = decoder && OSSL_DECODER_from_data(decoder.get(), &at, &left) == 1 && left == 0;
  Key found(key);
  return done ? std::move(found) : Key();
}

Key public_key(Signing kind, std::string_view octets) {
  if (kind == Signing::ed25519) {
    if (octets.size() != ed25519_key_size) return {};
    return Key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets_of(octets), octets.size()));
  }
  if (octets.empty()) return {};
  Key key = decode(octets, "SubjectPublicKeyInfo");
  return key ? std::move(key) : decode(octets, "type-specific");
}

}  // namespace

Crypto::Octets sign(Signing kind, const std::string& key, std::string_view octets) {
  const auto own = judged(private_key(key), kind);
  if (!own) return std::unexpected(own.error());
  const DigestContext context(EVP_MD_CTX_new());
  std::size_t size = 0;
  if (!context ||
      EVP_DigestSignInit(context.get(), nullptr, digest_of(kind), nullptr, own->get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, octets_of(octets), octets.size()) != 1)
    return std::unexpected(error("cannot sign"));
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     octets_of(octets), octets.size()) != 1)
    return std::unexpected(error("cannot sign"));
  signature.resize(size);
  return signature;
}

std::expected<bool, Error> verify(Signing kind, std::string_view key, std::string_view octets,
                                  std::string_view signature) {
  const auto theirs = judged(public_key(kind, key), kind);
  if (!theirs) return std::unexpected(theirs.error());
  const DigestContext context(EVP_MD_CTX_new());
  if (!context ||
      EVP_DigestVerifyInit(context.get(), nullptr, digest_of(kind), nullptr, theirs->get()) != 1)
    return std::unexpected(error("cannot verify"));
  const int verdict = EVP_DigestVerify(context.get(), octets_of(signature), signature.size(),
                                       octets_of(octets), octets.size());
  ERR_clear_error();
  return verdict == 1;
}

}  // namespace smtpd::openssl
