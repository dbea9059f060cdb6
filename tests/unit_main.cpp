/// The runner of all unit tests.
#define BOOST_TEST_MODULE smtpd
#define BOOST_TEST_DYN_LINK
#include <boost/test/unit_test.hpp>
