/// Config: maps beside files.
#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/services/directory.hpp"
#include "tests/support/map_files.hpp"

using smtpd::Config;
using smtpd::Errc;
using smtpd::test::Directory;
using smtpd::test::lines_of;
using smtpd::transcript::make_map;

BOOST_AUTO_TEST_SUITE(configuration_maps)

BOOST_AUTO_TEST_CASE(maps_beside_files) {
  Directory directory;
  directory.put("config/key", "one\n");
  for (const char* name : {"/config/key.cdb", "/config/both.cdb"})
    BOOST_REQUIRE(make_map(directory.parent() + name, {{"a", "cdb"}}).has_value());
  for (const char* name : {"/config/both.lmdb", "/config/only.lmdb"}) {
    const smtpd::transcript::MapEntries entries{{"a", "lmdb"}, {"b", "more"}};
    BOOST_REQUIRE(make_map(directory.parent() + name, entries).has_value());
  }
  Config config = directory.open();
  const struct {
    const char *key, *name, *value;
  } cases[] = {
      {"key", "a", "cdb $/config/key.cdb"},
      {"key", "b", "-"},
      {"only", "a", "lmdb $/config/only.lmdb"},
      {"both", "a", "cdb $/config/both.cdb"},
      {"both", "b", "more $/config/both.lmdb"},
      {"none", "a", "-"},
      {"ke", "a", "-"},
  };
  for (const auto& c : cases) {
    const auto entry = config.lookup(c.key, c.name);
    BOOST_TEST_CONTEXT(c.key << ' ' << c.name) {
      BOOST_REQUIRE(entry.has_value());
      const std::string text =
          *entry ? (*entry)->value + ' ' + directory.without_path((*entry)->file) : "-";
      BOOST_TEST(text == c.value);
    }
  }
  BOOST_TEST(config.has_map("both"));
  BOOST_TEST(!config.has_map("none"));
  BOOST_TEST(lines_of(config.lines("key")) == "one");
  BOOST_TEST(lines_of(config.lines("only")) == "");
}

BOOST_AUTO_TEST_CASE(a_map_that_is_none) {
  Directory directory;
  directory.put("config/key.cdb", "a text\n");
  directory.put("config/other.lmdb", "a text\n");
  Config config = directory.open();
  for (const char* key : {"key", "other"}) {
    for (int time = 0; time < 2; ++time) {
      const auto entry = config.lookup(key, "a");
      BOOST_REQUIRE(!entry.has_value());
      BOOST_TEST((entry.error().code == Errc::io));
    }
  }
}

// The plain file need not exist (qpsmtpd wants it to).
BOOST_AUTO_TEST_CASE(maps_of_qmail) {
  Directory directory;
  directory.put("config/other", "");
  directory.put("control/other", "");
  for (const char* name : {"/control/morercpthosts.cdb", "/control/relayclients.cdb"})
    BOOST_REQUIRE(make_map(directory.parent() + name, {{"a", "qmail"}}).has_value());
  {
    Config config = directory.open(true);
    BOOST_TEST((*config.lookup("morercpthosts", "a"))->value == "qmail");
    BOOST_TEST(!config.has_map("relayclients"));  // qmail has no such key
  }
  BOOST_REQUIRE(make_map(directory.path() + "/morercpthosts.cdb", {{"a", "ours"}}).has_value());
  Config config = directory.open(true);
  BOOST_TEST((*config.lookup("morercpthosts", "a"))->value == "ours");
  Config without = directory.open(false);
  BOOST_TEST((*without.lookup("morercpthosts", "a"))->value == "ours");
}

BOOST_AUTO_TEST_CASE(a_key_that_is_a_path) {
  Directory directory;
  directory.put("config/key", "");
  directory.put("elsewhere/list", "one\n");
  BOOST_REQUIRE(make_map(directory.parent() + "/elsewhere/list.cdb", {{"a", "b"}}).has_value());
  Config config = directory.open(true);
  BOOST_TEST(lines_of(config.lines(directory.parent() + "/elsewhere/list")) == "one");
  BOOST_TEST((*config.lookup(directory.parent() + "/elsewhere/list", "a"))->value == "b");
  BOOST_TEST(!config.has_map(directory.parent() + "/elsewhere/none"));
}

BOOST_AUTO_TEST_SUITE_END()
