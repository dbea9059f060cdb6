#include <boost/test/unit_test.hpp>
#include <string>

#include "lib/plugin/transaction.hpp"

BOOST_AUTO_TEST_SUITE(places)

BOOST_AUTO_TEST_CASE(three_are_named) {
  smtpd::QueuePlaces places;
  BOOST_TEST(places.text() == "");
  places.add("/mail/a/new/1");
  BOOST_TEST(places.text() == "/mail/a/new/1");
  places.add("b\n");
  places.add(std::string(1000, 'c'));
  BOOST_TEST(places.text() == "/mail/a/new/1,b?," + std::string(200, 'c'));
  places.add("d");
  places.add("e");
  BOOST_TEST(places.text() == "/mail/a/new/1,b?," + std::string(200, 'c') + ",+2");
}

BOOST_AUTO_TEST_SUITE_END()
