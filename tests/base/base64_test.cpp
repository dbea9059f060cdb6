#include "lib/base/base64.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

using namespace std::literals;
using smtpd::from_base64;
using smtpd::to_base64;

BOOST_AUTO_TEST_SUITE(base64)

BOOST_AUTO_TEST_CASE(vectors_of_rfc_4648) {
  const struct {
    std::string_view octets, text;
  } cases[] = {{"", ""},
               {"f", "Zg=="},
               {"fo", "Zm8="},
               {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="},
               {"fooba", "Zm9vYmE="},
               {"foobar", "Zm9vYmFy"},
               {"\0\xff\xfe\xfb\xef\xbe"sv, "AP/+++++"}};
  for (const auto& c : cases) {
    BOOST_TEST(to_base64(c.octets) == c.text);
    BOOST_REQUIRE_MESSAGE(from_base64(c.text).has_value(), c.text);
    BOOST_TEST(*from_base64(c.text) == c.octets);
  }
}

BOOST_AUTO_TEST_CASE(every_octet) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  BOOST_REQUIRE(from_base64(to_base64(all)).has_value());
  BOOST_TEST((*from_base64(to_base64(all)) == all));
}

BOOST_AUTO_TEST_CASE(refused) {
  for (const std::string_view text : std::initializer_list<std::string_view>{
           "Z", "Zg", "Zg=", "=", "==", "===", "====", "Zm9=", "Zh==", "Zg==Zg==", "Zm 9", "Zm9v\n",
           " Zm9v", "Zm9-", "Zm9_", "Z===", "Zg=a", "=m9v", "\0\0\0\0"sv})
    BOOST_TEST(!from_base64(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()
