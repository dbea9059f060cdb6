#include <boost/test/unit_test.hpp>
#include <map>
#include <string>

#include "tests/support/loaded.hpp"

using smtpd::transcript::Loaded;

namespace {

/// How many problems a line of `plugins` has; `text` is in the log then.
std::size_t problems(const std::string& line, const std::string& text,
                     const std::map<std::string, std::string>& files = {}) {
  Loaded loaded(line + '\n', files);
  const std::size_t count = loaded.host().check();
  BOOST_TEST(loaded.logged(text), loaded.log());
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(on_check)

BOOST_AUTO_TEST_CASE(quit_fortune) {
  BOOST_TEST(problems("quit_fortune program /bin/sh", "") == 0U);
  BOOST_TEST(problems("quit_fortune program /nowhere/fortune",
                      "plugins:1: plugin quit_fortune: /nowhere/fortune: No such file") == 1U);
}

BOOST_AUTO_TEST_CASE(help) {
  BOOST_TEST(problems("help", "") == 0U);
  BOOST_TEST(problems("help MAIL /etc/passwd", "") == 0U);
  BOOST_TEST(problems("help MAIL /nowhere/mail RCPT /etc",
                      "plugins:1: plugin help: /nowhere/mail: No such file") == 2U);
  BOOST_TEST(problems("help help_dir /nowhere", "plugin help: /nowhere: No such file") == 1U);
}

BOOST_AUTO_TEST_CASE(exec) {
  BOOST_TEST(problems("exec /bin/true hook rcpt", "") == 0U);
  BOOST_TEST(problems("exec /nowhere/check hook rcpt\nexec:2 /etc/passwd hook mail\n",
                      "plugins:2: plugin exec:2: /etc/passwd is not executable") == 2U);
}

BOOST_AUTO_TEST_CASE(hosts_allow) {
  BOOST_TEST(problems("hosts_allow", "", {{"hosts_allow", "192.0.2.0/24 DENY no\n"}}) == 0U);
  BOOST_TEST(problems("hosts_allow", "hosts_allow:2: 'DENIE' is no result; did you mean 'DENY'?",
                      {{"hosts_allow", "192.0.2.0/33 DENY\n192.0.2.7 DENIE\n"}}) == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
