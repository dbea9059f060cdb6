#include "lib/kit/certificate_key.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/support/certificates.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"

using smtpd::CertificateKey;
using smtpd::transcript::Folder;

namespace {

std::string certificate(unsigned rsa_bits, const std::string& curve) {
  const Folder folder;
  smtpd::transcript::CertificateWish wish;
  wish.rsa_bits = rsa_bits;
  wish.curve = curve;
  BOOST_REQUIRE(smtpd::transcript::make_certificate(folder.path() + "/x", wish));
  return smtpd::transcript::read_file(folder.path() + "/x.crt").value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(certificate_key)

BOOST_AUTO_TEST_CASE(of_each_kind) {
  const struct {
    unsigned bits;
    const char* curve;
    CertificateKey::Use use;
  } cases[] = {
      {1024, "", CertificateKey::Use::short_rsa},
      {2040, "", CertificateKey::Use::short_rsa},
      {2047, "", CertificateKey::Use::short_rsa},
      {2048, "", CertificateKey::Use::usual},
      {3072, "", CertificateKey::Use::usual},
      {0, "P-256", CertificateKey::Use::usual},
      {0, "P-384", CertificateKey::Use::usual},
      {0, "P-521", CertificateKey::Use::usual},
      {0, "P-224", CertificateKey::Use::odd_curve},
      {0, "secp256k1", CertificateKey::Use::odd_curve},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.bits << c.curve) {
      const CertificateKey key = smtpd::key_of_certificate(certificate(c.bits, c.curve));
      BOOST_TEST((key.use == c.use));
      BOOST_TEST(key.bits == c.bits);
    }
  }
}

// The first certificate is the server's own.
BOOST_AUTO_TEST_CASE(of_a_chain) {
  const std::string chain = "a text\n" + certificate(0, "secp256k1") + certificate(2048, "");
  BOOST_TEST((smtpd::key_of_certificate(chain).use == CertificateKey::Use::odd_curve));
}

BOOST_AUTO_TEST_CASE(of_what_is_cut_or_changed) {
  const std::string whole = certificate(1024, "");
  for (std::size_t size = 0; size < whole.size() - 26; ++size)
    BOOST_TEST(
        (smtpd::key_of_certificate(whole.substr(0, size)).use == CertificateKey::Use::usual));
  std::size_t recognised = 0;  // and none is read beyond its end, as sanitizers would tell
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] = changed[at] == 'A' ? '/' : 'A';
    recognised += smtpd::key_of_certificate(changed).use != CertificateKey::Use::usual;
  }
  BOOST_TEST(recognised < whole.size());
}

BOOST_AUTO_TEST_SUITE_END()
