#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

#include "lib/services/services.hpp"

using namespace std::literals;
using smtpd::Crypto;
using smtpd::Digest;
namespace data = boost::unit_test::data;

namespace smtpd {
std::ostream& operator<<(std::ostream& out, Digest digest) {
  return out << "digest " << static_cast<int>(digest);
}
}  // namespace smtpd

namespace {

std::string hex(const Crypto::Octets& octets) {
  if (!octets) return "error: " + octets.error().what;
  std::string text;
  for (const char c : *octets) {
    const auto octet = static_cast<unsigned char>(c);
    text += "0123456789abcdef"[octet >> 4];
    text += "0123456789abcdef"[octet & 15];
  }
  return text;
}

Crypto& crypto() {
  static const auto loaded = smtpd::CryptoModule().get();
  BOOST_REQUIRE_MESSAGE(loaded, (loaded ? std::string() : loaded.error().what));
  return **loaded;
}

struct Case {
  const char* name = nullptr;
  Digest digest = Digest::md5;
  std::string key = {}, octets = {};
  std::string_view value = {};
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

// RFC 1321 A.5, FIPS 180-4's examples.
const Case digests[] = {
    {.name = "MD5 of nothing", .value = "d41d8cd98f00b204e9800998ecf8427e"},
    {.name = "MD5", .octets = "message digest", .value = "f96b697d7cb7938d525a2f31aaf161d0"},
    {.name = "SHA-1",
     .digest = Digest::sha1,
     .octets = "abc",
     .value = "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {.name = "SHA-256",
     .digest = Digest::sha256,
     .octets = "abc",
     .value = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {.name = "SHA-384",
     .digest = Digest::sha384,
     .octets = "abc",
     .value = "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
              "8086072ba1e7cc2358baeca134c825a7"},
    {.name = "SHA-512",
     .digest = Digest::sha512,
     .octets = "abc",
     .value = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
              "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
};

// RFC 2195 2, RFC 2202 2 and 3, RFC 4231 4.3 and 4.7.
const Case keyed[] = {
    {.name = "CRAM-MD5",
     .key = "tanstaaftanstaaf",
     .octets = "<1896.697170952@postoffice.reston.mci.net>",
     .value = "b913a602c7eda7a495b4e6e7334d3890"},
    {.name = "HMAC-MD5",
     .key = std::string(16, '\x0b'),
     .octets = "Hi There",
     .value = "9294727a3638bb1c13f48ef8158bfc9d"},
    {.name = "HMAC-SHA-1",
     .digest = Digest::sha1,
     .key = "Jefe",
     .octets = "what do ya want for nothing?",
     .value = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
    {.name = "HMAC-SHA-256",
     .digest = Digest::sha256,
     .key = "Jefe",
     .octets = "what do ya want for nothing?",
     .value = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {.name = "HMAC-SHA-256 with a long key",
     .digest = Digest::sha256,
     .key = std::string(131, '\xaa'),
     .octets = "Test Using Larger Than Block-Size Key - Hash Key First",
     .value = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {.name = "no key, no octets",
     .digest = Digest::sha256,
     .value = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(crypto_module)

BOOST_DATA_TEST_CASE(digest, data::make(digests), c) {
  BOOST_TEST(hex(crypto().digest(c.digest, c.octets)) == c.value);
  BOOST_TEST(c.value.size() == 2 * smtpd::size_of(c.digest));
}

BOOST_DATA_TEST_CASE(hmac, data::make(keyed), c) {
  BOOST_TEST(hex(crypto().hmac(c.digest, c.key, c.octets)) == c.value);
}

// RFC 6070 2; RFC 7914 11 has the one with SHA-256, whose first half this is.
BOOST_AUTO_TEST_CASE(pbkdf2) {
  BOOST_TEST(hex(crypto().pbkdf2(Digest::sha1, "password", {.salt = "salt", .iterations = 1})) ==
             "0c60c80f961f0e71f3a9b524af6012062fe037a6");
  BOOST_TEST(hex(crypto().pbkdf2(Digest::sha1, "password", {.salt = "salt", .iterations = 4096})) ==
             "4b007901b765489abead49d926f721d065a429c1");
  BOOST_TEST(hex(crypto().pbkdf2(Digest::sha256, "passwd", {.salt = "salt", .iterations = 1})) ==
             "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
}

BOOST_AUTO_TEST_CASE(iterations_are_bounded) {
  for (const std::uint32_t iterations : {0U, Crypto::most_iterations + 1}) {
    const auto key = crypto().pbkdf2(Digest::sha1, "x", {.salt = "y", .iterations = iterations});
    BOOST_REQUIRE(!key);
    BOOST_TEST((key.error().code == smtpd::Errc::limit));
  }
}

BOOST_AUTO_TEST_CASE(random) {
  const auto a = crypto().random(24), b = crypto().random(24);
  BOOST_REQUIRE(a);
  BOOST_REQUIRE(b);
  BOOST_TEST(a->size() == 24U);
  BOOST_TEST(*a != *b);
  BOOST_TEST(crypto().random(0).value() == "");
}

BOOST_AUTO_TEST_CASE(equal) {
  BOOST_TEST(smtpd::equal_in_constant_time("", ""));
  BOOST_TEST(smtpd::equal_in_constant_time("secret", "secret"));
  BOOST_TEST(!smtpd::equal_in_constant_time("secret", "secreT"));
  BOOST_TEST(!smtpd::equal_in_constant_time("secret", "Secret"));
  BOOST_TEST(!smtpd::equal_in_constant_time("secret", "secre"));
}

BOOST_AUTO_TEST_SUITE_END()
