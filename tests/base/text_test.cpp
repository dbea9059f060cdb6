#include "lib/base/text.hpp"

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/error.hpp"

using namespace std::literals;
using boost::test_tools::per_element;
using Views = std::vector<std::string_view>;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(classes_of_octets) {
  for (int i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    BOOST_TEST_CONTEXT(i) {
      BOOST_TEST(smtpd::is_digit(c) == (i >= 48 && i <= 57));
      BOOST_TEST(smtpd::is_upper(c) == (i >= 65 && i <= 90));
      BOOST_TEST(smtpd::is_lower(c) == (i >= 97 && i <= 122));
      BOOST_TEST(smtpd::is_alpha(c) == ((i >= 65 && i <= 90) || (i >= 97 && i <= 122)));
      BOOST_TEST(smtpd::is_alnum(c) == (smtpd::is_alpha(c) || smtpd::is_digit(c)));
      BOOST_TEST(smtpd::is_blank(c) == (i == 32 || i == 9));
      BOOST_TEST(smtpd::is_control(c) == (i < 32 || i == 127));
      BOOST_TEST(smtpd::to_lower(c) == static_cast<char>(i >= 65 && i <= 90 ? i + 32 : i));
      BOOST_TEST(smtpd::to_upper(c) == static_cast<char>(i >= 97 && i <= 122 ? i - 32 : i));
    }
  }
}

BOOST_AUTO_TEST_CASE(case_of_letters) {
  BOOST_TEST(smtpd::lower("AbZ[\xc4\x31") == "abz[\xc4\x31");
  BOOST_TEST(smtpd::lower("") == "");
  BOOST_TEST(smtpd::equal_ignoring_case("EHLO", "ehlo"));
  BOOST_TEST(smtpd::equal_ignoring_case("", ""));
  BOOST_TEST(!smtpd::equal_ignoring_case("EHLO", "EHL"));
  BOOST_TEST(!smtpd::equal_ignoring_case("EHLO", "EHLA"));
  BOOST_TEST(!smtpd::equal_ignoring_case("[", "{"));
  BOOST_TEST(!smtpd::equal_ignoring_case("\xc4", "\xe4"));
  BOOST_TEST(smtpd::starts_with_ignoring_case("From:<a>", "FROM:"));
  BOOST_TEST(smtpd::starts_with_ignoring_case("From:", "FROM:"));
  BOOST_TEST(smtpd::starts_with_ignoring_case("x", ""));
  BOOST_TEST(!smtpd::starts_with_ignoring_case("Fro", "FROM:"));
  BOOST_TEST(!smtpd::starts_with_ignoring_case("", "F"));
}

BOOST_AUTO_TEST_CASE(trim) {
  const struct {
    std::string_view text, trimmed;
  } cases[] = {
      {"", ""},    {" ", ""},     {" \t\r\n\v\f", ""},  {"a", "a"},
      {" a", "a"}, {"a \n", "a"}, {"\ta b\r\n", "a b"}, {"\0"sv, "\0"sv},
  };
  for (const auto& c : cases) BOOST_TEST(smtpd::trim(c.text) == c.trimmed);
}

BOOST_AUTO_TEST_CASE(words) {
  const struct {
    std::string_view text;
    Views words;
  } cases[] = {
      {"", {}},
      {" \t", {}},
      {"a", {"a"}},
      {"a b", {"a", "b"}},
      {"  a \t b\t", {"a", "b"}},
      {"a\nb c", {"a\nb", "c"}},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.text) { BOOST_TEST(smtpd::words(c.text) == c.words, per_element()); }
  }
}

BOOST_AUTO_TEST_CASE(split) {
  const struct {
    std::string_view text;
    Views pieces;
  } cases[] = {
      {"", {""}},      {"a", {"a"}}, {"a,b", {"a", "b"}}, {",a,,b,", {"", "a", "", "b", ""}},
      {",", {"", ""}},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.text) { BOOST_TEST(smtpd::split(c.text, ',') == c.pieces, per_element()); }
  }
}

BOOST_AUTO_TEST_CASE(numbers) {
  const struct {
    std::string_view text;
    std::optional<std::uint64_t> number;
  } cases[] = {
      {"0", 0U},
      {"007", 7U},
      {"25", 25U},
      {"18446744073709551615", std::numeric_limits<std::uint64_t>::max()},
      {"18446744073709551616", {}},
      {"99999999999999999999999", {}},
      {"", {}},
      {"-1", {}},
      {"+1", {}},
      {" 1", {}},
      {"1 ", {}},
      {"1x", {}},
      {"x", {}},
      {"0x1", {}},
      {"1.0", {}},
      {"1\0"sv, {}},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.text) { BOOST_TEST((smtpd::to_number(c.text) == c.number)); }
  }
}

BOOST_AUTO_TEST_CASE(printable) {
  BOOST_TEST(smtpd::printable("a b~\xe4") == "a b~\xe4");
  BOOST_TEST(smtpd::printable("a\r\n\t\0\x1f\x7f"sv) == "a??????");
  BOOST_TEST(smtpd::printable("") == "");
  // The controls of a terminal that takes UTF-8; other characters stay.
  BOOST_TEST(smtpd::printable("\xc2\x80 \xc2\x9b"
                              "1m \xc2\x9f\xc2\xa0 \xc3\x9b") == "?? ??1m ??\xc2\xa0 \xc3\x9b");
  BOOST_TEST(smtpd::printable("\xc2") == "\xc2");
  BOOST_TEST(smtpd::printable("\xc2 x\xc2'") == "\xc2 x\xc2'");  // no UTF-8, but no control either
  BOOST_TEST(smtpd::printable("a\xe2\x80\xae"
                              "b\xe2\x80\xa8\xe2\x81\xa6\xe2\x80\x8d\xe2\x82\xac\xe2\x80") ==
             "a???b??????\xe2\x80\x8d\xe2\x82\xac\xe2\x80");
  for (std::size_t at = 0; at < 20; ++at) {  // at any place of any length
    for (const char odd : {'\0', '\x1f', '\x7f', '\n'}) {
      std::string text(20, '~'), expected = text;
      text[at] = odd;
      expected[at] = '?';
      BOOST_TEST(smtpd::printable(text) == expected);
      BOOST_TEST(smtpd::printable(text.substr(at)) == expected.substr(at));
    }
  }
}

BOOST_AUTO_TEST_CASE(nearest) {
  const std::string_view names[] = {"reject", "reject_type", "timeout", "loglevel", "tls"};
  const struct {
    std::string_view word, nearest;
  } cases[] = {
      {"rejct", "reject"},
      {"reject", "reject"},
      {"rejecttype", "reject_type"},
      {"tiemout", "timeout"},
      {"log_level", "loglevel"},
      {"zzzzzz", ""},
      {"", ""},
      {"tsl", "tls"},
      {"tx", ""},  // two mistakes in a short word
      {"tl", "tls"},
      {"spf", ""},
      {"project", "reject"},
      {"rejects_some_types", ""},
  };
  for (const auto& c : cases) BOOST_TEST(smtpd::nearest(c.word, names) == c.nearest);
  BOOST_TEST(smtpd::nearest("reject", {}) == "");
  const std::string long_word(65, 'a');
  const std::string_view same[] = {long_word};
  BOOST_TEST(smtpd::nearest(long_word, same) == "");
}

BOOST_AUTO_TEST_CASE(errors_of_the_system) {
  errno = ENOENT;
  const smtpd::Error error = smtpd::system_error("open /x");
  BOOST_TEST((error.code == smtpd::Errc::io));
  BOOST_TEST(error.what == "open /x: No such file or directory");
}

BOOST_AUTO_TEST_SUITE_END()
