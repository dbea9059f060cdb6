#include "lib/base/json.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

using namespace std::string_literals;

namespace {

std::string json(std::string_view text, std::size_t most = std::string_view::npos) {
  std::string into = "x";
  smtpd::append_json(into, text, most);
  return into;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_strings)

BOOST_AUTO_TEST_CASE(escapes) {
  const struct {
    std::string text, json;
  } cases[] = {
      {"", R"(x"")"},
      {"plain text", R"(x"plain text")"},
      {R"(a"b\c/d)", R"(x"a\"b\\c/d")"},
      {"\0\x1f\n\t\x7f"s, R"(x"\u0000\u001f\u000a\u0009\u007f")"},
      {"\xc2\x80\xc2\x9f\xc2\xa0", "x\"\\u0080\\u009f\xc2\xa0\""},
      {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xa7", "x\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xa7\""},
  };
  for (const auto& c : cases) BOOST_TEST(json(c.text) == c.json, c.text);
}

// Each octet that is no part of a well-formed sequence is replaced by itself (RFC 3629 4 and 10).
BOOST_AUTO_TEST_CASE(what_is_no_utf8) {
  const std::string bad = "\xef\xbf\xbd";
  const struct {
    std::string_view what;
    std::string text;
    std::size_t replaced;
    std::string kept;
  } cases[] = {
      {"Latin-1", "\xe9t\xe9", 2, "t"},
      {"a continuation alone", "\x80", 1, ""},
      {"a sequence cut off", "\xe2\x82", 2, ""},
      {"a sequence interrupted", "\xe2\x82x", 2, "x"},
      {"overlong", "\xc0\xaf\xc1\xbf", 4, ""},
      {"overlong in three", "\xe0\x9f\xbf", 3, ""},
      {"overlong in four", "\xf0\x8f\xbf\xbf", 4, ""},
      {"a surrogate", "\xed\xa0\x80", 3, ""},
      {"beyond U+10FFFF", "\xf4\x90\x80\x80", 4, ""},
      {"no such octet", "\xf5\xff", 2, ""},
  };
  for (const auto& c : cases) {
    std::string rest = json(c.text);
    std::size_t replaced = 0;
    for (auto at = rest.find(bad); at != rest.npos; at = rest.find(bad)) {
      rest.erase(at, bad.size());
      ++replaced;
    }
    BOOST_TEST(replaced == c.replaced, c.what);
    BOOST_TEST(rest == "x\"" + c.kept + '"', c.what);
  }
}

BOOST_AUTO_TEST_CASE(last_characters_of_each_form) {
  for (const std::string text :
       {"\x7f", "\xdf\xbf", "\xed\x9f\xbf", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf"})
    BOOST_TEST(json(text).find("\xef\xbf\xbd") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(bounded) {
  BOOST_TEST(json("abcd", 4) == R"(x"abcd")");
  BOOST_TEST(json("abcde", 4) == R"(x"abcd...")");
  BOOST_TEST(json("\"\"\"", 4) == R"(x"\"\"...")");
  BOOST_TEST(json("abc\xc3\xa9", 4) == R"(x"abc...")");
  BOOST_TEST(json("a", 0) == R"(x"...")");
}

BOOST_AUTO_TEST_SUITE_END()
