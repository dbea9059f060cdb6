#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/support/loaded.hpp"

using smtpd::transcript::Loaded;

namespace {

void check(const Loaded& loaded, const std::string& file, const std::string& text) {
  BOOST_TEST(loaded.logged(loaded.path(file) + text), loaded.log());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(content_check)

BOOST_AUTO_TEST_CASE(helo) {
  Loaded wrong("helo\n", {{"badhelo", "good.example\n(unclosed\n!\\.\n!+\n"}});
  BOOST_TEST(wrong.host().check() == 2U);
  check(wrong, "badhelo", ":2: ");
  check(wrong, "badhelo", ":4: ");
  Loaded right("helo\n", {{"badhelo", "good.example\n!\\.\n"}});
  BOOST_TEST(right.host().check() == 0U);
}

BOOST_AUTO_TEST_CASE(content_log) {
  Loaded wrong("content_log\n", {{"content_log_enabled", "maybe\n"}});
  BOOST_TEST(wrong.host().check() == 1U);
  check(wrong, "content_log_enabled", ":1: content_log_enabled is 1 or 0");
  Loaded no_file("content_log\n", {{"content_log_file", "mail/\n"}});
  BOOST_TEST(no_file.host().check() == 1U);
  BOOST_TEST(no_file.logged("content_log_file names no file: 'mail/'"), no_file.log());
  Loaded disabled("content_log\n",
                  {{"content_log_enabled", "no\n"}, {"content_log_file", "mail/\n"}});
  BOOST_TEST(disabled.host().check() == 0U);
}

BOOST_AUTO_TEST_CASE(whitelist) {
  Loaded wrong("whitelist\n", {{"whitelisthosts", "192.0.2.7\n192.0.2\n"},
                               {"whitelisthelo", "good.test\nno/domain\n"},
                               {"whitelistsenders", "a@b.test\na@\n"},
                               {"whitelistrcpt", "example.com\nu@\n"}});
  BOOST_TEST(wrong.host().check() == 4U);
  for (const char* file : {"whitelisthosts", "whitelisthelo", "whitelistsenders", "whitelistrcpt"})
    check(wrong, file, ":2: ");
}

BOOST_AUTO_TEST_CASE(qmail_deliverable) {
  const std::string routes =
      "one.test:127.0.0.1\ntwo.test:mail,two.test\nfour.test:mail.four.test\nthree.test:\n";
  Loaded wrong("qmail_deliverable server smtproutes:8998\n", {{"smtproutes", routes}});
  BOOST_TEST(wrong.host().check() == 1U);
  check(wrong, "smtproutes", ":2: 'mail,two.test' is no address and no name");
  Loaded unused("qmail_deliverable\n", {{"smtproutes", routes}});
  BOOST_TEST(unused.host().check() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
