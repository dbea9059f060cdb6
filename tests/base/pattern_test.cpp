#include "lib/base/pattern.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <utility>

using smtpd::Errc;
using smtpd::Pattern;

BOOST_AUTO_TEST_SUITE(pattern)

BOOST_AUTO_TEST_CASE(matches) {
  using enum Pattern::Case;
  const struct {
    std::string_view pattern;
    Pattern::Case letters;
    std::string_view subject;
    bool fits;
  } cases[] = {
      {"b", counts, "abc", true},
      {"^b", counts, "abc", false},
      {"^abc$", counts, "abc", true},
      {"B", counts, "abc", false},
      {"B", ignored, "abc", true},
      {"", counts, "", true},
      {"^$", counts, "", true},
      {"x", counts, "", false},
      // a class keeps its meaning when letters' case is ignored
      {"^\\S+$", ignored, "A B", false},
      {"^\\S+$", ignored, "AB", true},
      {"^\\W$", ignored, "a", false},
      // octets, whatever they are
      {"^a.b$", counts, std::string_view("a\0b", 3), true},
      {"^\\xff\\xfe$", counts, "\xff\xfe", true},
      {"(a)(b)(c)", counts, "abc", true},
      {"(?<=a)b(?=c)", counts, "abc", true},
  };
  for (const auto& c : cases) {
    const Pattern pattern(std::string(c.pattern), c.letters);
    const auto fits = pattern.matches(c.subject);
    BOOST_TEST_CONTEXT(c.pattern << " on " << c.subject) {
      BOOST_REQUIRE(fits.has_value());
      BOOST_TEST(*fits == c.fits);
      BOOST_TEST(!pattern.problem().has_value());
      BOOST_TEST(pattern.text() == c.pattern);
    }
  }
  BOOST_TEST(*Pattern("^$", counts).matches(std::string_view()));
}

BOOST_AUTO_TEST_CASE(malformed) {
  const struct {
    std::string_view pattern, problem;
  } cases[] = {
      {"(", "malformed pattern: missing closing parenthesis at offset 1"},
      {"a**", "malformed pattern: quantifier does not follow a repeatable item at offset 2"},
      {"*@example.com",
       "malformed pattern: quantifier does not follow a repeatable item at offset 0"},
      {"a[b", "malformed pattern: missing terminating ] for character class at offset 3"},
      {"(*UTF)a", "malformed pattern: using UTF is disabled by the application at offset 6"},
  };
  for (const auto& c : cases) {
    const Pattern pattern(std::string(c.pattern), Pattern::Case::counts);
    const auto fits = pattern.matches("subject");
    BOOST_TEST_CONTEXT(c.pattern) {
      const auto problem = pattern.problem();
      BOOST_REQUIRE(problem.has_value());
      BOOST_TEST((problem->code == Errc::config));
      BOOST_TEST(problem->what == c.problem);
      BOOST_REQUIRE(!fits.has_value());
      BOOST_TEST(fits.error().what == c.problem);
    }
  }
}

// Each takes exponential time, or a stack frame an octet, in an engine without bounds.
BOOST_AUTO_TEST_CASE(given_up) {
  const std::string many(50'000, 'a');
  for (const std::string_view text : {"^(a+)+$", "(a|aa)+$", "^(?:(a)|b)*c"}) {
    const Pattern pattern(std::string(text), Pattern::Case::counts);
    const auto fits = pattern.matches(many + '!');
    BOOST_TEST_CONTEXT(text) {
      BOOST_REQUIRE(!fits.has_value());
      BOOST_TEST((fits.error().code == Errc::limit));
      BOOST_TEST(fits.error().what.starts_with("the match of pattern '"));
      BOOST_TEST(!pattern.problem().has_value());
      BOOST_TEST(*pattern.matches("ac") == text.ends_with('c'));  // it goes on serving
    }
  }
}

BOOST_AUTO_TEST_CASE(moved) {
  Pattern first("a", Pattern::Case::counts);
  BOOST_TEST(*first.matches("a"));
  Pattern second(std::move(first));
  BOOST_TEST(*second.matches("a"));
  Pattern third("b", Pattern::Case::counts);
  third = std::move(second);
  BOOST_TEST(*third.matches("a"));
  BOOST_TEST(!*third.matches("b"));
}

BOOST_AUTO_TEST_SUITE_END()
