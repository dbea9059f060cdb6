#include "plugins/auth/ldap_text.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace std::literals;

BOOST_AUTO_TEST_SUITE(ldap_text)

BOOST_AUTO_TEST_CASE(values) {
  BOOST_TEST(smtpd::ldap_value("anna-b_c.d@example.com") == "anna-b_c.d@example.com");
  BOOST_TEST(smtpd::ldap_value("*") == "\\2a");
  BOOST_TEST(smtpd::ldap_value("a)(uid=*") == "a\\29\\28uid\\3d\\2a");
  BOOST_TEST(smtpd::ldap_value("a,ou=b+c=\"d\"<>;#") ==
             "a\\2cou\\3db\\2bc\\3d\\22d\\22\\3c\\3e\\3b\\23");
  BOOST_TEST(smtpd::ldap_value(" a\\ ") == "\\20a\\5c\\20");
  BOOST_TEST(smtpd::ldap_value("\0\xc3\xa4"sv) == "\\00\\c3\\a4");
  BOOST_TEST(smtpd::ldap_value("") == "");
}

BOOST_AUTO_TEST_CASE(names) {
  BOOST_TEST(smtpd::ldap_name("anna").local == "anna");
  BOOST_TEST(smtpd::ldap_name("anna").domain == "");
  BOOST_TEST(smtpd::ldap_name("a@b@example.com").local == "a@b");
  BOOST_TEST(smtpd::ldap_name("a@b@example.com").domain == "example.com");
  BOOST_TEST(smtpd::ldap_name("@example.com").local == "");
}

BOOST_AUTO_TEST_CASE(patterns) {
  const auto name = smtpd::ldap_name("a,b@example.com");
  BOOST_TEST(smtpd::ldap_dn("uid=%u,ou=people,o=%d", name) == "uid=a\\2cb,ou=people,o=example.com");
  BOOST_TEST(smtpd::ldap_dn("cn=100%% %x %u%", name) == "cn=100% %x a\\2cb%");
  // What a name brings is not looked at again.
  BOOST_TEST(smtpd::ldap_dn("uid=%u", smtpd::ldap_name("%d@x")) == "uid=\\25d");
}

BOOST_AUTO_TEST_CASE(sockets) {
  BOOST_TEST(smtpd::ldapi_host("/run/slapd/ldapi") == "%2frun%2fslapd%2fldapi");
  BOOST_TEST(smtpd::ldapi_host("/a b%") == "%2fa%20b%25");
}

BOOST_AUTO_TEST_SUITE_END()
