#include "lib/session/tally.hpp"

#include <boost/test/unit_test.hpp>

using namespace smtpd;

BOOST_AUTO_TEST_SUITE(tally)

BOOST_AUTO_TEST_CASE(what_is_too_much) {
  const Limits limits{.junk = 3, .errors = 2, .commands = 4};
  Tally commands{SteadyTime()};
  commands.good = 1;
  commands.bad = 2;
  BOOST_TEST(commands.excess(limits) == "");  // the fourth is the last
  ++commands.good;
  BOOST_TEST(commands.excess(limits) == "commands");

  Tally junk{SteadyTime()};
  junk.junk = 2;
  BOOST_TEST(junk.excess(limits) == "");
  ++junk.junk;
  BOOST_TEST(junk.excess(limits) == "commands without mail");

  Tally errors{SteadyTime()};
  errors.count({.code = 250});
  errors.count({.code = 354});
  errors.count({.code = 450});
  BOOST_TEST(errors.excess(limits) == "");
  errors.count({.code = 550});
  BOOST_TEST(errors.excess(limits) == "errors");
}

BOOST_AUTO_TEST_CASE(how_it_ends) {
  Tally tally{SteadyTime()};
  BOOST_TEST(!tally.is_over());
  BOOST_TEST(!tally.ended_here());
  tally.end(SessionEnd::dropped);
  BOOST_TEST(tally.is_over());
  BOOST_TEST(!tally.ended_here());
  tally.end(SessionEnd::timeout);
  BOOST_TEST(tally.ended_here());
  tally.end(SessionEnd::error);
  BOOST_TEST(tally.ended_here());

  Tally unheard{SteadyTime()};
  unheard.end(SessionEnd::error);
  unheard.end(SessionEnd::closed);
  BOOST_TEST(!unheard.ended_here());
}

BOOST_AUTO_TEST_SUITE_END()
