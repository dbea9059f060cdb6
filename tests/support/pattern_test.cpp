#include "tests/support/pattern.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

using namespace smtpd::transcript;
namespace data = boost::unit_test::data;

namespace {

struct Glob {
  const char *glob, *text;
  bool matches;
};
std::ostream& operator<<(std::ostream& out, const Glob& glob) {
  return out << glob.glob << " against " << glob.text;
}

const Glob globs[] = {
    {"", "", true},
    {"", "a", false},
    {"*", "", true},
    {"220 *", "220 mx.test", true},
    {"220 *", "220 ", true},
    {"220 *", "220", false},
    {"220 *", "x220 ", false},
    {"*b*", "abc", true},
    {"*bare LF*", "554 5.6.0 bare lf", false},
    {"a*b*c", "a-b-b-c", true},
    {"a*b*c", "a-b-b-c-", false},
    {"\\*", "*", true},
    {"\\*", "x", false},
    {"a\\b", "a\\b", true},
    {"?", "x", false},
    {"$TMP/x", "/t/x", true},
    {"$TMPX", "$TMPX", true},
    {"\\$TMP", "$TMP", true},
    {"${name}*", "a*bc", true},
    {"${name}", "axb", false},
    {"\\${name}", "${name}", true},
    {"${a b}", "${a b}", true},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(transcript_pattern)

BOOST_DATA_TEST_CASE(glob, data::make(globs), c) {
  Variables variables{{"TMP", "/t"}, {"name", "a*b"}};
  BOOST_TEST(Pattern::glob(c.glob).matches(c.text, variables) == c.matches);
}

BOOST_AUTO_TEST_CASE(captures_what_has_no_blanks) {
  Variables variables;
  BOOST_TEST(!Pattern::glob("334 ${c}").matches("334 ", variables));
  BOOST_TEST(!Pattern::glob("334 ${c}").matches("334 a b", variables));
  BOOST_TEST(variables.empty());
  BOOST_TEST(Pattern::glob("334 ${c} <${id}@*").matches("334 PDEyM== <17.3@mx.test>", variables));
  BOOST_TEST(variables["c"] == "PDEyM==");
  BOOST_TEST(variables["id"] == "17.3");
  BOOST_TEST(!Pattern::glob("334 ${c}").matches("334 other", variables));
  BOOST_TEST(*Pattern::plain("A ${c}").expand(variables) == "A PDEyM==");
  BOOST_TEST(Pattern::glob("${x} ${x}").matches("a a", variables));
  BOOST_TEST(!Pattern::glob("${y} ${y}").matches("a b", variables));
}

BOOST_AUTO_TEST_CASE(many_stars_do_not_explode) {
  Variables variables;
  const std::string text(2000, 'a');
  BOOST_TEST(!Pattern::glob("*a*a*a*a*a*a*a*a*a*a*a*a*b").matches(text, variables));
}

BOOST_AUTO_TEST_CASE(a_variable_without_a_value) {
  BOOST_TEST(Pattern::plain("a ${none}").expand({}).error() == "${none} has no value");
  BOOST_TEST(Pattern::plain("${plugins}").expand({}).error().find("--plugins") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(quoted_octets) {
  const Variables variables{{"TMP", "/t"}};
  BOOST_TEST(*Pattern::quoted(R"("\r\n\t\0\x0d\\\"\$TMP $TMP *")")->expand(variables) ==
             std::string("\r\n\t\0\r\\\"$TMP /t *", 16));
}

BOOST_AUTO_TEST_CASE(escaped_octets) {
  BOOST_TEST(escaped("a\r\n\t\\\x01\xff") == "a\\r\\n\\t\\\\\\x01\\xff");
  BOOST_TEST(escaped(std::string(400, 'x')).ends_with("(400 octets)"));
}

BOOST_AUTO_TEST_SUITE_END()
