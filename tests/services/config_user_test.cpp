/// Config: files of one address or domain.
#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/services/directory.hpp"

using smtpd::Config;
using smtpd::test::Directory;

namespace {

/// `one|two`, `none`, or the error.
std::string text_of(const Config::Lines& lines) {
  return lines && !*lines ? "none" : smtpd::test::lines_of(lines);
}

/// What counts for an address: his own lines, else those of the domain.
std::string text_for(Config& config, std::string_view local, std::string_view domain,
                     std::string_view key) {
  const auto own = config.user_lines(local, domain, key);
  return text_of(own && !*own ? config.domain_lines(domain, key) : own);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(configuration_of_users)

BOOST_AUTO_TEST_CASE(levels) {
  Directory directory;
  directory.put("config/key", "site\n");
  directory.put("config/user/anna@example.com/key", "anna\n");
  directory.put("config/user/bert@example.com/key", "# nothing\n");
  directory.put("config/user/example.com/key", "domain\n$include key\n");
  directory.put("config/user/file@example.com", "no directory\n");
  Config config = directory.open();
  const struct {
    std::string_view local, domain, key, lines;
  } cases[] = {
      {"anna", "example.com", "key", "anna"},
      {"ANNA", "Example.COM", "key", "anna"},
      {"bert", "example.com", "key", ""},
      {"carl", "example.com", "key", "domain|site"},
      {"file", "example.com", "key", "domain|site"},
      {"", "example.com", "key", "domain|site"},
      {"anna", "example.net", "key", "none"},
      {"anna", "example.com", "other", "none"},
      {"anna", "", "key", "none"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.local << ' ' << c.domain << ' ' << c.key) {
      for (int time = 0; time < 2; ++time)
        BOOST_TEST(text_for(config, c.local, c.domain, c.key) == c.lines);
    }
  }
}

BOOST_AUTO_TEST_CASE(names_that_are_no_directories) {
  Directory directory;
  directory.put("config/key", "site\n");
  directory.put("config/user/x/y@example.com/key", "slash\n");
  directory.put("config/user/.a@example.com/key", "dot\n");
  directory.put("config/out@example.com/key", "outside\n");
  directory.put("config/user/example.com/key", "domain\n");
  Config config = directory.open();
  for (const std::string_view local : {std::string_view("x/y"), std::string_view(".a"),
                                       std::string_view("../out"), std::string_view("a\0b", 3)})
    BOOST_TEST(text_for(config, local, "example.com", "key") == "domain");
  BOOST_TEST(text_for(config, std::string(300, 'a'), "example.com", "key") == "domain");
  for (const char* domain : {"../config", ".", "..", "x/y@example.com", "/"})
    BOOST_TEST(text_for(config, "a", domain, "key") == "none", domain);
  BOOST_TEST(text_for(config, "a", std::string(300, 'd'), "key") == "none");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_not_passed_over) {
  Directory directory;
  directory.put("config/user/anna@example.com/key/x", "a directory\n");
  directory.put("config/user/example.com/key", "domain\n");
  Config config = directory.open();
  for (int time = 0; time < 2; ++time)
    BOOST_TEST(directory.without_path(text_for(config, "anna", "example.com", "key")) ==
               "error: $/config/user/anna@example.com/key: read: Is a directory");
}

BOOST_AUTO_TEST_SUITE_END()
