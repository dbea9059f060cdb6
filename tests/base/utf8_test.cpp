#include "lib/base/utf8.hpp"

#include <boost/test/unit_test.hpp>
#include <string_view>

using namespace std::literals;

BOOST_AUTO_TEST_CASE(utf8_is_well_formed) {
  for (const std::string_view good :
       {"", "abc", "\xc2\x80", "\xc3\xbc", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "x\xc3\xbcy"})
    BOOST_TEST(smtpd::is_utf8(good), good);
  for (const std::string_view bad :
       {"\x80", "\xbf", "\xc3", "\xc3x", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xe2\x82",
        "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
        "\xf8\x88\x80\x80\x80", "\xff", "\xfe", "a\xc3\xbc\xc3", "\xc3\xbc\xbc"})
    BOOST_TEST(!smtpd::is_utf8(bad), bad);
  BOOST_TEST(smtpd::is_ascii("a~\x7f\0"sv));
  BOOST_TEST(!smtpd::is_ascii("a\x80"));
}

BOOST_AUTO_TEST_CASE(utf8_restricted) {
  const struct {
    std::string_view text, ascii, utf8;
  } cases[] = {
      {"", "", ""},
      {"abc\x7f\n", "abc\x7f\n", "abc\x7f\n"},
      {"M\xfcller-PC", "M?ller-PC", "M?ller-PC"},
      {"M\xc3\xbcller", "M??ller", "M\xc3\xbcller"},
      {"\xc3", "?", "?"},
      {"\xe2\x82", "??", "??"},
      {"\xe2\x82\xac\xff\xc3\xbc", "??????", "\xe2\x82\xac?\xc3\xbc"},
      {"\xc0\x80x", "??x", "??x"},
      {"\xed\xa0\x80", "???", "???"},
  };
  for (const auto& c : cases) {
    std::string ascii = "\xff" + std::string(c.text), utf8 = ascii;
    smtpd::restrict_to(smtpd::Charset::ascii, ascii, 1);
    smtpd::restrict_to(smtpd::Charset::utf8, utf8, 1);
    BOOST_TEST(ascii.substr(1) == c.ascii);
    BOOST_TEST(utf8.substr(1) == c.utf8);
    BOOST_TEST(ascii[0] == '\xff');
  }
}

BOOST_AUTO_TEST_CASE(utf8_hidden_characters) {
  for (const std::string_view text :
       {"a\x1f", "\x7f", "\xc2\x80", "\xc2\x9f", "\xe2\x80\x8e", "\xe2\x80\xa8", "\xe2\x80\xae",
        "a\xe2\x81\xa6", "\xe2\x81\xa9", "\xef\xbb\xbf"})
    BOOST_TEST(smtpd::has_hidden_character(text), text);
  for (const std::string_view text :
       {"", "abc", "\xc2\xa0", "\xc3\xbc", "\xe2\x80\x8d", "\xe2\x82\xac", "\xf0\x9f\x98\x80"})
    BOOST_TEST(!smtpd::has_hidden_character(text), text);
}
