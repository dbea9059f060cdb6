#include "lib/base/module.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>

#include "tests/support/folder.hpp"

namespace {

namespace fs = std::filesystem;

BOOST_AUTO_TEST_SUITE(modules_of_the_program)

BOOST_AUTO_TEST_CASE(they_lie_below_the_checkout_or_where_install_puts_them) {
  const smtpd::transcript::Folder tree;
  const std::string built = tree.path() + SMTPD_MODULE_DIRECTORY;
  BOOST_TEST(smtpd::modules_of("").empty());
  BOOST_TEST(smtpd::modules_of(tree.path()) == tree.path() + "/../lib/smtpd");
  fs::create_directories(built);
  BOOST_TEST(smtpd::modules_of(tree.path()) == built);
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_named) {
  const auto no_module = smtpd::find_in_module("smtpd-nothing", "smtpd_nothing");
  BOOST_REQUIRE(!no_module);
  BOOST_TEST(no_module.error().what.find("smtpd-nothing.so") != std::string::npos);
  const auto no_function = smtpd::find_in_module("smtpd-lmdb", "smtpd_nothing");
  BOOST_REQUIRE(!no_function);
  BOOST_TEST(no_function.error().what.ends_with("smtpd-lmdb.so is another file"));
  BOOST_TEST(smtpd::find_in_module("smtpd-lmdb", "smtpd_open_lmdb").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
