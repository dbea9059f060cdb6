#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/support/loaded.hpp"

using smtpd::transcript::Loaded;

BOOST_AUTO_TEST_SUITE(check)

BOOST_AUTO_TEST_CASE(nothing_wrong) {
  Loaded all_well("matrix check none\n");
  BOOST_TEST(all_well.host().check() == 0U);
  BOOST_TEST(all_well.log().empty());
}

BOOST_AUTO_TEST_CASE(every_plugin_is_asked) {
  Loaded wrong(
      "matrix check problem list:3:_no_word\nmatrix:2 check throw_config cannot_read\n"
      "matrix:3 check throw_runtime broken\nmatrix:4 check problem again\n");
  BOOST_TEST(wrong.host().check() == 4U);
  const std::string where = wrong.path("plugins") + ':';
  for (const std::string& text :
       {where + "1: plugin matrix: list:3: no word\n", where + "2: plugin matrix:2: cannot read\n",
        std::string("FATAL PLUGIN ERROR [matrix:3]: broken\n"),
        where + "4: plugin matrix:4: again\n"}) {
    BOOST_TEST(wrong.logged(text), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
