/// The lists of the plugins, as `smtpd --check` reads them.
#include "lib/kit/lists.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/support/loaded.hpp"

using smtpd::transcript::Loaded;

BOOST_AUTO_TEST_SUITE(lists)

BOOST_AUTO_TEST_CASE(all_is_well) {
  Loaded well(
      "badmailfrom\nbadmailfromto\nbadrcptto\nrcpt_regexp\nrcpt_map domain a.test file users\n"
      "relay\nrcpt_ok\n",
      {{"badmailfrom", "/^a/ text\n"},
       {"badmailfromto", "@a.test b@b.test\n"},
       {"badrcptto", "%\n"},
       {"rcpt_regexp", "/^a/ DENY\n"},
       {"users", "a@a.test OK\npostmaster@a.test OK\n"},
       {"relayclients", "192.0.2.\n"},
       {"rcpthosts", ".a.test\n"}});
  BOOST_TEST(well.host().check() == 0U);
  BOOST_TEST(well.log() == "");
}

BOOST_AUTO_TEST_CASE(each_problem_has_its_place) {
  const struct {
    std::string_view plugin, key, text, problem;
  } cases[] = {
      {"badmailfrom", "badmailfrom", "a@b.test\n/(/\n",
       ":2: malformed pattern: missing closing parenthesis at offset 1"},
      {"badmailfrom", "badmailfrom.cdb", "text\n",
       ": that is no constant database, or a damaged one"},
      {"badmailfromto", "badmailfromto", "a@b.test\n",
       ":1: that is no pair of addresses (or @host): a@b.test"},
      {"badrcptto", "badrcptto", "anna\n", ":1: that is no address, @host or pattern: anna"},
      {"rcpt_regexp", "rcpt_regexp", "a@b.test DENNY\n",
       ":1: 'DENNY' is no result; did you mean 'DENY'?"},
      {"rcpt_map domain b.test file users", "users", "a@b.test\n",
       ":1: a result such as DENY is missing"},
      {"relay", "norelayclients", "192.0.2.0/240\n",
       ":1: that is no address or network: 192.0.2.0/240"},
      {"relay", "relayclients", "host.test\n", ":1: that is no address or network: host.test"},
      {"relay", "morerelayclients.cdb", "text\n",
       ": that is no constant database, or a damaged one"},
      {"rcpt_ok", "rcpthosts", "*.test\n", ":1: that is no domain: *.test"},
      {"rcpt_ok", "morercpthosts.cdb", "text\n",
       ": that is no constant database, or a damaged one"},
  };
  for (const auto& c : cases) {
    Loaded wrong(std::string(c.plugin) + '\n', {{std::string(c.key), std::string(c.text)}});
    BOOST_TEST_CONTEXT(c.plugin << ' ' << c.key) {
      BOOST_TEST(wrong.host().check() == 1U);
      BOOST_TEST(wrong.logged(wrong.path(std::string(c.key)) + std::string(c.problem)),
                 wrong.log());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
