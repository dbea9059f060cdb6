#include "lib/services/config.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <set>
#include <string>

#include "tests/services/directory.hpp"

using smtpd::Config;
using smtpd::Errc;
using smtpd::test::Directory;
using smtpd::test::lines_of;

BOOST_AUTO_TEST_SUITE(configuration)

BOOST_AUTO_TEST_CASE(lines_comments_blanks) {
  const struct {
    std::string_view text, lines;
  } cases[] = {
      {"", ""},
      {"one", "one"},
      {"one\n", "one"},
      {"one\ntwo\n", "one|two"},
      {"\n \n\t\n", ""},
      {"# comment\none\n  # another\ntwo # none\n", "one|two # none"},
      {"  one two \t\r\n", "one two"},
      {"one\r\ntwo\r\n", "one|two"},
      {"#", ""},
      {"$includes x\n", "$includes x"},
      {"0\n", "0"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.text) {
      Directory directory;
      directory.put("config/key", c.text);
      Config config = directory.open();
      BOOST_TEST(lines_of(config.lines("key")) == c.lines);
      BOOST_TEST(lines_of(config.file_lines("key")) == c.lines);
    }
  }
}

BOOST_AUTO_TEST_CASE(where_a_line_stands) {
  Directory directory;
  directory.put("config/key", "# one\n\nthree\nfour\n");
  Config config = directory.open();
  const auto& lines = **config.lines("key");
  BOOST_REQUIRE(lines.size() == 2);
  BOOST_TEST(lines[0].where() == directory.path() + "/key:3");
  BOOST_TEST(lines[1].where() == directory.path() + "/key:4");
}

BOOST_AUTO_TEST_CASE(a_key_without_a_file) {
  Directory directory;
  directory.put("config/key", "one\n");
  Config config = directory.open();
  // Names that are parts of others, or of more than one.
  for (const char* name : {"ke", "ey", "keys", "other", "a/b", "key/"}) {
    BOOST_TEST_CONTEXT(name) {
      BOOST_TEST(lines_of(config.lines(name)) == "");
      BOOST_TEST(!config.value(name)->has_value());
      BOOST_TEST(!config.number(name)->has_value());
      BOOST_TEST(!*config.flag(name));
    }
  }
  BOOST_TEST(directory.problems().empty());
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_not_there) {
  Directory directory;
  Config config = directory.open();
  BOOST_TEST(lines_of(config.lines("key")) == "");
}

BOOST_AUTO_TEST_CASE(many_files) {
  Directory directory;
  for (int i = 0; i < 300; ++i)
    directory.put("config/a_rather_long_name_of_a_key_" + std::to_string(i), std::to_string(i));
  Config config = directory.open();
  for (int i = 0; i < 300; ++i) {
    const std::string number = std::to_string(i);
    BOOST_TEST(config.value("a_rather_long_name_of_a_key_" + number).value().value_or("none") ==
               number);
  }
  BOOST_TEST(!config.value("a_rather_long_name_of_a_key_")->has_value());
  BOOST_TEST(!config.value("a_rather_long_name_of_a_key_300")->has_value());
}

BOOST_AUTO_TEST_CASE(a_long_file) {
  Directory directory;
  std::string text, expected;
  for (int i = 0; i < 5000; ++i) {
    text += "line " + std::to_string(i) + '\n';
    expected += (i ? "|line " : "line ") + std::to_string(i);
  }
  directory.put("config/key", text);
  for (const std::size_t length : {2047U, 2048U, 2049U, 4096U})
    directory.put("config/n" + std::to_string(length), std::string(length, 'x'));
  Config config = directory.open();
  BOOST_TEST(lines_of(config.lines("key")) == expected);
  for (const std::size_t length : {2047U, 2048U, 2049U, 4096U}) {
    BOOST_TEST(config.value("n" + std::to_string(length)).value()->size() == length);
  }
}

BOOST_AUTO_TEST_CASE(values_and_numbers) {
  const struct {
    std::string_view text, value, number;
  } cases[] = {
      {"5\n6\n", "5", "5"},
      {"0\n", "0", "0"},
      {"\n#\n 18446744073709551615 \n", "18446744073709551615", "18446744073709551615"},
      {"007\n", "007", "7"},
      {"yes\n", "yes", "$/config/key:1: key is a whole number, not 'yes'"},
      {"-1\n", "-1", "$/config/key:1: key is a whole number, not '-1'"},
      {"18446744073709551616\n", "18446744073709551616",
       "$/config/key:1: key is a whole number, not '18446744073709551616'"},
      {"# x\n1 2\n", "1 2", "$/config/key:2: key is a whole number, not '1 2'"},
      {"1k\n", "1k", "$/config/key:1: key is a whole number, not '1k'"},
      {"\x1b[m\n", "\x1b[m", "$/config/key:1: key is a whole number, not '?[m'"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.text) {
      Directory directory;
      directory.put("config/key", c.text);
      Config config = directory.open();
      BOOST_TEST(config.value("key").value().value_or("none") == c.value);
      const auto number = config.number("key");
      BOOST_TEST((number ? std::to_string(number->value_or(0))
                         : directory.without_path(number.error().what)) == c.number);
      if (!number) BOOST_TEST((number.error().code == Errc::config));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_was_asked_for) {
  Directory directory;
  directory.put("config/key", "$include more\n");
  directory.put("config/more", "one\n");
  Config config = directory.open();
  std::set<std::string, std::less<>> asked;
  BOOST_TEST(config.value("before").has_value());
  config.record_into(asked);
  BOOST_TEST(config.value("key").has_value());
  BOOST_TEST(config.file_lines("missing").has_value());
  BOOST_TEST((asked == std::set<std::string, std::less<>>{"key", "missing", "more"}));
}

BOOST_AUTO_TEST_CASE(a_link_that_leads_nowhere) {
  Directory directory;
  directory.put("config/other", "1\n");
  BOOST_REQUIRE(::symlink("nowhere", (directory.path() + "/key").c_str()) == 0);
  Config config = directory.open();
  const auto lines = config.lines("key");
  BOOST_REQUIRE(!lines.has_value());
  BOOST_TEST(directory.without_path(lines.error().what) ==
             "$/config/key: a link that leads nowhere");
}

BOOST_AUTO_TEST_CASE(included_files) {
  Directory directory;
  directory.put("config/key",
                "one\n$include more\n$include " + directory.parent() + "/elsewhere/file\nlast\n");
  directory.put("config/more", "# none\ntwo\n$include\tdeeper\n");
  directory.put("config/deeper", "three\n");
  directory.put("elsewhere/file", "four\n");
  Config config = directory.open();
  BOOST_TEST(lines_of(config.lines("key")) == "one|two|three|four|last");
  BOOST_TEST((**config.lines("key"))[2].where() == directory.path() + "/deeper:1");
  BOOST_TEST(directory.problems().empty());
}

BOOST_AUTO_TEST_CASE(an_included_file_in_a_directory_with_a_similar_name) {
  Directory directory;
  directory.put("config/key", "$include " + directory.parent() + "/config-common/more\n");
  directory.put("config-common/more", "one\n");
  Config config = directory.open();
  BOOST_TEST(lines_of(config.lines("key")) == "one");
}

BOOST_AUTO_TEST_CASE(an_included_directory) {
  Directory directory;
  directory.put("config/key", "$include many\n");
  for (const char* name : {"b", "e", "c", "a", "d"}) {
    directory.put("config/many/" + std::string(name), std::string(name) + '\n');
  }
  directory.put("config/many/.hidden", "hidden\n");
  directory.put("config/many/below/f", "below\n");
  Config config = directory.open();
  BOOST_TEST(lines_of(config.lines("key")) == "a|b|c|d|e");
  BOOST_TEST(directory.problems().empty());
}

BOOST_AUTO_TEST_CASE(an_included_file_that_is_missing) {
  Directory directory;
  directory.put("config/key", "one\n$include none\n$include\ntwo\n");
  Config config = directory.open();
  BOOST_TEST(!config.lines("key").has_value());
  BOOST_TEST(directory.problems() ==
                 (std::vector<std::string>{
                     "$/config/key:2: $include $/config/none: No such file or directory",
                     "$/config/key:3: $include needs a file name"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_file_that_is_included_twice) {
  Directory directory;
  directory.put("config/key", "$include more\n$include more\n");
  directory.put("config/more", "one\n");
  Config config = directory.open();
  BOOST_TEST(lines_of(config.lines("key")) == "one|one");
  BOOST_TEST(
      directory.problems() ==
          std::vector<std::string>{"$/config/key:2: $/config/more is included a second time"},
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_file_that_includes_itself) {
  Directory directory;
  directory.put("config/key", "one\n$include more\nlast\n");
  directory.put("config/more", "two\n$include key\nthree\n$include more\nfour\n");
  Config config = directory.open();
  BOOST_TEST(lines_of(config.lines("key")) == "one|two|three|four|last");
  BOOST_TEST(directory.problems() ==
                 (std::vector<std::string>{
                     "$/config/more:2: circular $include of $/config/key; it is left out here",
                     "$/config/more:4: circular $include of $/config/more; it is left out here"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(files_that_multiply) {
  Directory directory;
  for (const std::string name : {"a", "b", "c"}) {
    const std::string next(1, static_cast<char>(name[0] + 1));
    std::string text;
    for (int i = 0; i < 11; ++i) text += "$include " + next + '\n';
    directory.put("config/" + name, text);
  }
  directory.put("config/d", "one\n");
  Config config = directory.open();
  const auto lines = config.lines("a");
  BOOST_REQUIRE(!lines.has_value());
  BOOST_TEST(lines.error().what.ends_with("/config/c:7: $include makes it more than 1000 files"));
  BOOST_TEST(config.lines("b").value()->size() == 121U);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read) {
  Directory directory;
  directory.put("config/key/inside", "one\n");  // a directory, which nobody can read as a file
  Config config = directory.open();
  for (int i = 0; i < 2; ++i) {
    const auto lines = config.lines("key");
    BOOST_REQUIRE(!lines.has_value());
    BOOST_TEST((lines.error().code == Errc::io));
    BOOST_TEST(lines.error().what.starts_with(directory.path() + "/key: "));
  }
  BOOST_TEST(!config.value("key").has_value());
  BOOST_TEST(!config.number("key").has_value());
  BOOST_TEST(!config.flag("key").has_value());
  BOOST_TEST(directory.problems().size() == 1U);  // told once
}

BOOST_AUTO_TEST_CASE(an_included_file_that_cannot_be_read) {
  if (::geteuid() == 0) return;  // who is root can read everything
  Directory directory;
  directory.put("config/key", "one\n$include more\n");
  directory.put("config/more", "two\n");
  std::filesystem::permissions(directory.path() + "/more", std::filesystem::perms::none);
  Config config = directory.open();
  BOOST_TEST(!config.lines("key").has_value());
}

BOOST_AUTO_TEST_CASE(a_file_is_read_once) {
  Directory directory;
  directory.put("config/key", "one\n");
  Config config = directory.open();
  const auto* const first = *config.lines("key");
  directory.put("config/key", "two\n");
  BOOST_TEST(lines_of(config.lines("key")) == "one");
  BOOST_TEST((*config.lines("key") == first));
}

BOOST_AUTO_TEST_CASE(a_provider_comes_first) {
  Directory directory;
  directory.put("config/key", "file\n");
  directory.put("config/empty", "file\n");
  directory.put("config/other", "file\n");
  Config config = directory.open();
  int asked = 0;
  config.ask_first([&](std::string_view key) -> std::optional<std::vector<std::string>> {
    ++asked;
    if (key == "key") return std::vector<std::string>{"5", "two"};
    if (key == "empty") return std::vector<std::string>{};
    return {};
  });
  BOOST_TEST(lines_of(config.lines("key")) == "5|two");
  BOOST_TEST(lines_of(config.lines("key")) == "5|two");
  BOOST_TEST(asked == 1);  // an answer is kept
  BOOST_TEST(*config.number("key").value() == 5U);
  BOOST_TEST((**config.lines("key"))[0].where() == "(config plugin)");
  BOOST_TEST(lines_of(config.lines("empty")) == "");  // an answer as well
  BOOST_TEST(lines_of(config.lines("other")) == "file");
  BOOST_TEST(lines_of(config.file_lines("key")) == "file");
}

BOOST_AUTO_TEST_CASE(a_provider_that_asks_itself) {
  Directory directory;
  directory.put("config/key", "file\n");
  Config config = directory.open();
  config.ask_first([&](std::string_view key) -> std::optional<std::vector<std::string>> {
    return std::vector<std::string>{"not the " + lines_of(config.lines(key))};
  });
  BOOST_TEST(lines_of(config.lines("key")) == "not the file");
}

BOOST_AUTO_TEST_CASE(what_qmail_may_answer) {
  Directory directory;
  for (const char* key : {"me", "rcpthosts", "morercpthosts", "databytes", "timeoutsmtpd",
                          "smtpgreeting", "plugins", "badmailfrom"}) {
    directory.put("control/" + std::string(key), "qmail\n");
  }
  directory.put("config/rcpthosts", "own\n");
  directory.put("config/databytes", "# nothing but a comment\n");
  Config config = directory.open(true);
  for (const char* key : {"me", "morercpthosts", "timeoutsmtpd", "smtpgreeting"})
    BOOST_TEST(lines_of(config.lines(key)) == "qmail", key);
  BOOST_TEST(lines_of(config.lines("rcpthosts")) == "own");
  BOOST_TEST(lines_of(config.lines("databytes")) == "");
  BOOST_TEST(lines_of(config.lines("plugins")) == "");
  BOOST_TEST(lines_of(config.lines("badmailfrom")) == "");
  Config without = directory.open();
  BOOST_TEST(lines_of(without.lines("me")) == "");
}

BOOST_AUTO_TEST_SUITE_END()
