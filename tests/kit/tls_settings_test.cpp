#include "lib/kit/tls_settings.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

BOOST_AUTO_TEST_SUITE(tls_settings)

BOOST_AUTO_TEST_CASE(names) {
  const std::vector<smtpd::NamedIdentity> all{
      {.name = "*", .files = {"any.crt", "any.key"}, .where = {}},
      {.name = "mx.test", .files = {"ec.crt", "ec.key"}, .where = {}},
      {.name = "mx.test", .files = {"rsa.crt", "rsa.key"}, .where = {}},
      {.name = "*.test", .files = {"wild.crt", "wild.key"}, .where = {}},
  };
  const auto found = [&](std::string_view name) {
    std::string text;
    for (const smtpd::TlsIdentity& each : smtpd::identities_for(all, name))
      text += each.certificate + ' ';
    return text;
  };
  BOOST_TEST(found("mx.test") == "ec.crt rsa.crt ");
  BOOST_TEST(found("a.test") == "wild.crt ");
  BOOST_TEST(found("a.b.test") == "");
  BOOST_TEST(found("test") == "");
  BOOST_TEST(found("") == "");
  BOOST_TEST(found("*") == "");
  BOOST_TEST(found("*.test") == "wild.crt ");
  BOOST_TEST(found(".test") == "wild.crt ");
}

BOOST_AUTO_TEST_CASE(names_of_certificates) {
  BOOST_TEST(smtpd::covers("mx.test", "MX.test"));
  BOOST_TEST(smtpd::covers("*.Test", "mx.test"));
  BOOST_TEST(!smtpd::covers("*.test", "a.mx.test"));
  BOOST_TEST(!smtpd::covers("*.test", "test"));
  BOOST_TEST(!smtpd::covers("*.test", ".test"));
  BOOST_TEST(!smtpd::covers("m*.test", "mx.test"));
  BOOST_TEST(!smtpd::covers("", "mx.test"));
}

BOOST_AUTO_TEST_CASE(fingerprints) {
  const std::string digits(64, 'a');
  std::string colons;
  for (int i = 0; i < 32; ++i) colons += i == 0 ? "AA" : ":AA";
  BOOST_TEST(smtpd::to_fingerprint(digits).value() == digits);
  BOOST_TEST(smtpd::to_fingerprint(colons).value() == digits);
  BOOST_TEST(!smtpd::to_fingerprint(digits.substr(1)));
  BOOST_TEST(!smtpd::to_fingerprint(digits + "a"));
  BOOST_TEST(!smtpd::to_fingerprint(std::string(64, 'g')));
  BOOST_TEST(!smtpd::to_fingerprint(""));
}

BOOST_AUTO_TEST_SUITE_END()
