#include "lib/plugin/arguments.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

#include "lib/base/text.hpp"

using namespace std::chrono_literals;
using smtpd::Arguments;
using smtpd::ConfigError;

namespace {

/// The words of a line, as the host splits it.
Arguments arguments(std::string_view line) {
  std::vector<std::string> words;
  for (const auto word : smtpd::words(line)) words.emplace_back(word);
  return Arguments(std::move(words));
}

/// What `function` complains about; empty if it does not.
template <class F>
std::string problem_of(F&& function) {
  try {
    function();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return {};
}

/// Every kind of getter, so that a plugin has names to be near to.
std::string complaint_of(std::string_view line) {
  Arguments args = arguments(line);
  return problem_of([&] {
    args.number("count", 0, 0, 100);
    args.flag("loud", false);
    args.duration("wait", 0ms);
    args.text("greeting", "");
    if (const auto complaint = args.complaint()) throw ConfigError(*complaint);
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(arguments_of_plugins)

BOOST_AUTO_TEST_CASE(positional) {
  Arguments args = arguments("one two");
  BOOST_TEST(args.positional().value_or("none") == "one");
  BOOST_TEST(args.complaint().value_or("none") == "unknown argument 'two'; it takes none");
  BOOST_TEST(args.positional().value_or("none") == "two");
  BOOST_TEST(!args.positional().has_value());
  BOOST_TEST(!args.positional().has_value());
  BOOST_TEST(!args.complaint().has_value());
  BOOST_TEST(!arguments("").positional().has_value());
  BOOST_TEST(!arguments("").complaint().has_value());
}

BOOST_AUTO_TEST_CASE(leading_number) {
  const struct {
    std::string_view line;
    std::int64_t number;  // 7 where it is the fallback
    std::string_view next;
  } cases[] = {
      {"", 7, "none"},  {"4", 4, "none"},     {"4 x", 4, "x"}, {"x", 7, "x"},
      {"0", 0, "none"}, {"-10", -10, "none"}, {"+4", 7, "+4"}, {"10", 10, "none"},
      {"x 4", 7, "x"},  {"010", 10, "none"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT("'" << c.line << "'") {
      Arguments args = arguments(c.line);
      BOOST_TEST(args.leading_number(7, -10, 10) == c.number);
      BOOST_TEST(args.positional().value_or("none") == c.next);
    }
  }
  for (const std::string_view word : {"11", "-11", "4x", "-", "99999999999999999999", "1.5"}) {
    BOOST_TEST_CONTEXT(word) {
      Arguments args = arguments(word);
      BOOST_TEST(problem_of([&] { args.leading_number(7, -10, 10); }) ==
                 "the first argument is a whole number from -10 to 10, not '" + std::string(word) +
                     "'");
    }
  }
}

BOOST_AUTO_TEST_CASE(named_values) {
  Arguments args = arguments("greeting hello name value");
  BOOST_TEST(args.value("greeting").value_or("none") == "hello");
  BOOST_TEST(args.text("name", "fallback") == "value");
  BOOST_TEST(args.text("other", "fallback") == "fallback");
  BOOST_TEST(!args.value("other").has_value());
  BOOST_TEST(!args.value("hello").has_value());  // a value is no name
  BOOST_TEST(!args.value("Greeting").has_value());
  BOOST_TEST(!args.complaint().has_value());
  BOOST_TEST(args.warnings().empty());
}

BOOST_AUTO_TEST_CASE(a_value_may_look_like_a_name) {
  Arguments args = arguments("name name greeting name");
  BOOST_TEST(args.text("name", "") == "name");
  BOOST_TEST(args.text("greeting", "") == "name");
  BOOST_TEST(!args.complaint().has_value());
}

BOOST_AUTO_TEST_CASE(a_name_given_twice) {
  Arguments args = arguments("name one other x name two");
  BOOST_TEST(args.text("name", "") == "two");
  BOOST_TEST(args.text("other", "") == "x");
  BOOST_TEST(!args.complaint().has_value());
  BOOST_REQUIRE(args.warnings().size() == 1);
  BOOST_TEST(args.warnings()[0] == "argument name is given more than once; the last one counts");
}

BOOST_AUTO_TEST_CASE(a_name_without_a_value) {
  for (const std::string_view line : {"name", "other x name"}) {
    BOOST_TEST_CONTEXT(line) {
      Arguments args = arguments(line);
      BOOST_TEST(problem_of([&] { args.text("name", ""); }) == "argument name needs a value");
    }
  }
}

BOOST_AUTO_TEST_CASE(numbers) {
  const struct {
    std::string_view text;
    std::int64_t number;
  } good[] = {{"0", 0}, {"5", 5}, {"-5", -5}, {"100", 100}, {"-100", -100}, {"007", 7}};
  for (const auto& c : good) {
    BOOST_TEST_CONTEXT(c.text) {
      Arguments args = arguments("count " + std::string(c.text));
      BOOST_TEST(args.number("count", 3, -100, 100) == c.number);
    }
  }
  BOOST_TEST(arguments("").number("count", 3, -100, 100) == 3);
  for (const std::string_view text :
       {"101", "-101", "", "x", "1x", "0x10", "1e2", "+1", "--1", "1.0", "18446744073709551615"}) {
    BOOST_TEST_CONTEXT("'" << text << "'") {
      Arguments args({"count", std::string(text)});
      BOOST_TEST(problem_of([&] { args.number("count", 3, -100, 100); }) ==
                 "argument count is a whole number from -100 to 100, not '" + std::string(text) +
                     "'");
    }
  }
}

BOOST_AUTO_TEST_CASE(the_largest_numbers) {
  Arguments args = arguments("most 9223372036854775807 least -9223372036854775807");
  BOOST_TEST(args.number("most", 0, INT64_MIN, INT64_MAX) == INT64_MAX);
  BOOST_TEST(args.number("least", 0, INT64_MIN, INT64_MAX) == -INT64_MAX);
}

BOOST_AUTO_TEST_CASE(flags) {
  for (const std::string_view yes : {"1", "yes", "YES", "true", "on", "On"}) {
    BOOST_TEST(arguments("loud " + std::string(yes)).flag("loud", false), yes);
  }
  for (const std::string_view no : {"0", "no", "No", "false", "off"}) {
    BOOST_TEST(!arguments("loud " + std::string(no)).flag("loud", true), no);
  }
  BOOST_TEST(arguments("").flag("loud", true));
  BOOST_TEST(!arguments("").flag("loud", false));
  for (const std::string_view other : {"2", "y", "01", "enable"}) {
    Arguments args = arguments("loud " + std::string(other));
    BOOST_TEST(problem_of([&] { args.flag("loud", false); }) ==
               "argument loud is 1 or 0 (yes or no, on or off), not '" + std::string(other) + "'");
  }
}

BOOST_AUTO_TEST_CASE(choices) {
  const auto choose = [](Arguments args) {
    return args.choice("type", {"perm", "temp", "disconnect"}, "none");
  };
  BOOST_TEST(choose(arguments("type temp")) == "temp");
  BOOST_TEST(choose(arguments("type TEMP")) == "temp");
  BOOST_TEST(choose(arguments("")) == "none");
  BOOST_TEST(problem_of([&] { choose(arguments("type tmp")); }) ==
             "argument type is one of perm, temp, disconnect, not 'tmp'; did you mean 'temp'?");
  BOOST_TEST(problem_of([&] { choose(arguments("type xyzzy")); }) ==
             "argument type is one of perm, temp, disconnect, not 'xyzzy'");
}

BOOST_AUTO_TEST_CASE(durations) {
  const struct {
    std::string_view text;
    smtpd::milliseconds duration;
  } good[] = {
      {"0", 0ms},      {"1", 1000ms},   {"0.5", 500ms},          {"1.25", 1250ms}, {"0.001", 1ms},
      {"0.0009", 0ms}, {"2.0", 2000ms}, {"86400", 86'400'000ms}, {"00.50", 500ms},
  };
  for (const auto& c : good) {
    BOOST_TEST_CONTEXT(c.text) {
      BOOST_TEST((smtpd::to_duration(c.text) == c.duration));
      BOOST_TEST((arguments("wait " + std::string(c.text)).duration("wait", 7ms) == c.duration));
    }
  }
  BOOST_TEST((arguments("").duration("wait", 7ms) == 7ms));
  for (const std::string_view text : {"86401", "-1", "1.", ".5", "1.5.5", "1s", "x", "1,5", "1.-5",
                                      "1e3", "99999999999999999999"}) {
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST((smtpd::to_duration(text) == std::nullopt));
      Arguments args = arguments("wait " + std::string(text));
      BOOST_TEST(problem_of([&] { args.duration("wait", 7ms); }) ==
                 "argument wait is a number of seconds, at most 86400, not '" + std::string(text) +
                     "'");
    }
  }
  BOOST_TEST((smtpd::to_duration("") == std::nullopt));
  // A day is a day, fraction or not.
  BOOST_TEST((smtpd::to_duration("86400.999") == std::nullopt));
}

BOOST_AUTO_TEST_CASE(all_values_of_a_name) {
  Arguments args = arguments("zone a other x zone b zone c");
  BOOST_TEST(args.all("zone") == (std::vector<std::string_view>{"a", "b", "c"}),
             boost::test_tools::per_element());
  BOOST_TEST(args.all("none").empty());
  BOOST_TEST(args.text("other", "") == "x");
  BOOST_TEST(!args.complaint().has_value());
  BOOST_TEST(args.warnings().empty());
}

BOOST_AUTO_TEST_CASE(positional_words_and_pairs) {
  // However many positional words a plugin takes, the pairs are found behind them.
  for (const std::string_view line : {"name one", "a name one", "a b name one", "a b c name one"}) {
    BOOST_TEST_CONTEXT(line) {
      Arguments args = arguments(line);
      const auto count = smtpd::words(line).size() - 2;
      for (std::size_t i = 0; i < count; ++i) BOOST_TEST(args.positional().has_value());
      BOOST_TEST(args.text("name", "") == "one");
      BOOST_TEST(!args.complaint().has_value());
    }
  }
  Arguments args = arguments("4 name one");
  BOOST_TEST(args.leading_number(7, 0, 10) == 4);
  BOOST_TEST(args.text("name", "") == "one");
  BOOST_TEST(!args.complaint().has_value());
}

BOOST_AUTO_TEST_CASE(aliases) {
  Arguments args = arguments("old one other x");
  args.alias("old", "name");
  BOOST_TEST(args.text("name", "") == "one");
  BOOST_TEST(args.text("other", "") == "x");
  BOOST_TEST(!args.complaint().has_value());
  Arguments both = arguments("name new old last");
  both.alias("old", "name");
  BOOST_TEST(both.text("name", "") == "last");
  Arguments value = arguments("name old");
  value.alias("old", "name");
  BOOST_TEST(value.text("name", "") == "old");
  Arguments misspelt = arguments("ancient_nmae one");
  misspelt.alias("ancient_name", "name");
  BOOST_TEST(misspelt.text("name", "") == "");
  BOOST_TEST(misspelt.complaint().value_or("none") ==
             "unknown argument 'ancient_nmae'; did you mean 'ancient_name'?");
}

BOOST_AUTO_TEST_CASE(arguments_without_effect) {
  Arguments args = arguments("deny 1");
  args.ignored("deny", "that is always so");
  args.ignored("other", "nobody says it");
  BOOST_TEST(!args.complaint().has_value());
  BOOST_REQUIRE(args.warnings().size() == 1);
  BOOST_TEST(args.warnings()[0] == "argument deny has no effect: that is always so");
}

BOOST_AUTO_TEST_CASE(complaints) {
  const struct {
    std::string_view line, complaint;
  } cases[] = {
      {"", ""},
      {"count 1 loud 1 wait 1 greeting x", ""},
      {"greeting x count 1", ""},
      {"cuont 1", "unknown argument 'cuont'; did you mean 'count'?"},
      {"Count 1", "unknown argument 'Count'; did you mean 'count'?"},
      {"count 1 lud 1", "unknown argument 'lud'; did you mean 'loud'?"},
      {"zzzzzz 1", "unknown argument 'zzzzzz'"},
      {"zzzzzz", "unknown argument 'zzzzzz'"},
      {"count", "argument count needs a value"},
      {"count 1 greeting", "argument greeting needs a value"},
      {"x\x1b[m 1", "unknown argument 'x?[m'"},
  };
  for (const auto& c : cases)
    BOOST_TEST_CONTEXT(c.line) BOOST_TEST(complaint_of(c.line) == c.complaint);
}

BOOST_AUTO_TEST_SUITE_END()
