#include "lib/session/credentials.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using smtpd::without_credentials;

BOOST_AUTO_TEST_SUITE(credentials)

BOOST_AUTO_TEST_CASE(what_a_log_may_show) {
  const struct {
    std::string line, shown;
  } cases[] = {
      {"", ""},
      {"NOOP", "NOOP"},
      {"AUT PLAIN x", "AUT PLAIN x"},
      {"AUTH", "AUTH"},
      {" auth ", " auth "},
      {"AUTH PLAIN", "AUTH PLAIN"},
      {"AUTH CRAM-MD5 ", "AUTH CRAM-MD5 "},
      {"AUTH PLAIN c2Vj", "AUTH PLAIN <hidden credentials>"},
      {"auth  login\tc2Vj more", "auth  login <hidden credentials>"},
      {"\tAuth PLAIN c2Vj", "\tAuth PLAIN <hidden credentials>"},
      {"AUTH c2Vj", "AUTH <hidden credentials>"},
      {"AUTH PLAIN=c2Vj", "AUTH <hidden credentials>"},
      {"AUTH ABCDEFGHIJKLMNOPQRSTU", "AUTH <hidden credentials>"},
      {"AUTH ABCDEFGHIJKLMNOPQRST", "AUTH ABCDEFGHIJKLMNOPQRST"},
      {"AUTHc2Vj", "AUTH <hidden credentials>"},
      {"AUTH\vPLAIN c2Vj", "AUTH <hidden credentials>"},
  };
  for (const auto& c : cases) BOOST_TEST(without_credentials(c.line) == c.shown, c.line);
}

BOOST_AUTO_TEST_SUITE_END()
