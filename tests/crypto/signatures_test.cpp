#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "lib/base/base64.hpp"
#include "lib/services/services.hpp"

using smtpd::Crypto;
using smtpd::Signing;

namespace {

Crypto& crypto() {
  static const auto loaded = smtpd::CryptoModule().get();
  BOOST_REQUIRE_MESSAGE(loaded, (loaded ? std::string() : loaded.error().what));
  return **loaded;
}

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;

std::string pem_of(EVP_PKEY* key) {
  const std::unique_ptr<BIO, Freer<BIO_free>> bio(BIO_new(BIO_s_mem()));
  BOOST_REQUIRE(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr));
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

template <class Object, class Write>
std::string der_of(const Object* object, Write write) {
  unsigned char* der = nullptr;
  const int length = write(object, &der);
  BOOST_REQUIRE(length > 0);
  std::string octets(reinterpret_cast<char*>(der), static_cast<std::size_t>(length));
  OPENSSL_free(der);
  return octets;
}

/// The two forms in which the public half is published.
std::string subject_public_key_info(EVP_PKEY* key) { return der_of(key, i2d_PUBKEY); }
std::string rsa_public_key(EVP_PKEY* key) { return der_of(key, i2d_PublicKey); }

// RFC 8032 7.1, test 1: the empty message.
constexpr std::string_view ed25519_pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";
constexpr std::string_view ed25519_public = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
constexpr std::string_view ed25519_signature =
    "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18Flbvi"
    "RlUUFDjnoQCw==";

std::string decoded(std::string_view text) { return smtpd::from_base64(text).value(); }

BOOST_AUTO_TEST_SUITE(signatures)

BOOST_AUTO_TEST_CASE(ed25519_is_that_of_rfc_8032) {
  const auto made = crypto().sign(Signing::ed25519, std::string(ed25519_pem), "");
  BOOST_REQUIRE_MESSAGE(made, (made ? std::string() : made.error().what));
  BOOST_TEST(*made == decoded(ed25519_signature));
  const std::string key = decoded(ed25519_public);
  BOOST_TEST(crypto().verify(Signing::ed25519, key, "", *made).value());
  BOOST_TEST(!crypto().verify(Signing::ed25519, key, "x", *made).value());
  BOOST_TEST(!crypto().verify(Signing::ed25519, key, "", made->substr(1)).value());
  BOOST_TEST(!crypto().verify(Signing::ed25519, key, "", "").value());
}

BOOST_AUTO_TEST_CASE(rsa_takes_both_forms_of_a_public_key) {
  constexpr std::string_view text = "what is signed";
  const Key key(EVP_RSA_gen(2048));
  const auto made = crypto().sign(Signing::rsa_sha256, pem_of(key.get()), text);
  BOOST_REQUIRE_MESSAGE(made, (made ? std::string() : made.error().what));
  BOOST_TEST(made->size() == 256U);
  const std::string forms[] = {subject_public_key_info(key.get()), rsa_public_key(key.get())};
  for (const std::string& form : forms) {
    BOOST_TEST(crypto().verify(Signing::rsa_sha256, form, text, *made).value());
    BOOST_TEST(!crypto().verify(Signing::rsa_sha256, form, "another", *made).value());
    std::string damaged = *made;
    damaged[100] ^= 1;
    BOOST_TEST(!crypto().verify(Signing::rsa_sha256, form, text, damaged).value());
    const auto longer = crypto().verify(Signing::rsa_sha256, form + 'x', text, *made);
    BOOST_TEST(longer.error().what == "it is no RSA key");
  }
}

BOOST_AUTO_TEST_CASE(keys_that_prove_nothing_are_refused) {
  const Key small(EVP_RSA_gen(1023));
  const auto by_small = crypto().sign(Signing::rsa_sha256, pem_of(small.get()), "x");
  BOOST_REQUIRE(!by_small);
  BOOST_TEST(by_small.error().what == "an RSA key of 1023 bits is not used");
  BOOST_TEST((by_small.error().code == smtpd::Errc::config));
  const auto with_small =
      crypto().verify(Signing::rsa_sha256, subject_public_key_info(small.get()), "x", "signature");
  BOOST_TEST(with_small.error().what == "an RSA key of 1023 bits is not used");
}

BOOST_AUTO_TEST_CASE(what_is_no_key_of_that_kind_is_said_to_be_none) {
  const Key rsa(EVP_RSA_gen(1024));
  for (const std::string& key : {std::string(), std::string("no key"), pem_of(rsa.get())}) {
    BOOST_TEST(crypto().sign(Signing::ed25519, key, "x").error().what == "it is no Ed25519 key");
    BOOST_TEST(crypto().verify(Signing::ed25519, key, "x", "y").error().what ==
               "it is no Ed25519 key");
  }
  BOOST_TEST(crypto().sign(Signing::rsa_sha256, std::string(ed25519_pem), "x").error().what ==
             "it is no RSA key");
  for (const std::string& key : {std::string(), std::string("no key"), decoded(ed25519_public)})
    BOOST_TEST(crypto().verify(Signing::rsa_sha256, key, "x", "y").error().what ==
               "it is no RSA key");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
