#include "lib/base/directory.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <string>

#include "lib/base/fixed_text.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"

namespace {

using smtpd::Names;
using smtpd::transcript::Folder;
using smtpd::transcript::write_file;

BOOST_AUTO_TEST_SUITE(directories)

BOOST_AUTO_TEST_CASE(all_names_are_listed_however_many_they_are) {
  const Folder folder;
  Names expected;
  for (int i = 0; i < 300; ++i) {  // more than one call of the system gives
    expected.push_back("a-name-of-some-length-" + std::to_string(i));
    BOOST_REQUIRE(write_file(folder.path() + '/' + expected.back(), "").has_value());
  }
  BOOST_REQUIRE(write_file(folder.path() + "/.hidden", "").has_value());
  expected.emplace_back(".hidden");
  std::ranges::sort(expected);
  auto names = smtpd::names_in(folder.path());
  BOOST_REQUIRE(names.has_value());
  std::ranges::sort(*names);
  BOOST_TEST(*names == expected);
  BOOST_TEST(smtpd::names_in(folder.path(), 7)->size() == 7U);
}

BOOST_AUTO_TEST_CASE(what_is_no_directory_is_an_error_with_its_path) {
  const Folder folder;
  const std::string file = folder.path() + "/file", nothing = folder.path() + "/nothing";
  BOOST_REQUIRE(write_file(file, "").has_value());
  BOOST_TEST(smtpd::names_in(file).error().what == file + ": Not a directory");
  BOOST_TEST(smtpd::names_in(nothing).error().what == nothing + ": No such file or directory");
  BOOST_TEST(smtpd::names_in(-1).error().what == "list: Bad file descriptor");
}

BOOST_AUTO_TEST_CASE(a_path_is_looked_at) {
  const Folder folder;
  const std::string file = folder.path() + "/file";
  BOOST_REQUIRE(write_file(file, "four").has_value());
  BOOST_TEST(smtpd::status_of(file)->st_size == 4);
  BOOST_TEST(::unlink(file.c_str()) == 0);
  BOOST_TEST(!smtpd::status_of(file).has_value());
  BOOST_TEST(errno == ENOENT);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(fixed_texts)

BOOST_AUTO_TEST_CASE(they_are_the_text_that_they_were_made_of) {
  constexpr smtpd::FixedText<8> text("a text"), full("12345678"), none;
  static_assert(text == "a text" && !(text == "a texts"));
  BOOST_TEST(full.view() == "12345678");
  BOOST_TEST(none.empty());
  BOOST_TEST(!text.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
