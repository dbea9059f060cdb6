#include "lib/io/temp.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>

#include "lib/base/file.hpp"
#include "lib/mail/body.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"

namespace fs = std::filesystem;
using smtpd::io::TempPath;
using smtpd::transcript::Folder;
using smtpd::transcript::write_file;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777U : 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(temporary)

BOOST_AUTO_TEST_CASE(a_file_without_a_name) {
  const Folder folder;
  const auto file = smtpd::io::open_unlinked(folder.path());
  BOOST_REQUIRE(file.has_value());
  BOOST_TEST(fs::is_empty(folder.path()));
  struct stat info{};
  BOOST_REQUIRE(::fstat(file->get(), &info) == 0);
  BOOST_TEST((info.st_mode & 07777U) == 0600U);
  BOOST_TEST((::fcntl(file->get(), F_GETFD) & FD_CLOEXEC) != 0);
  BOOST_TEST(smtpd::write_all(file->get(), "text").has_value());
  char buffer[8] = {};
  BOOST_TEST(::pread(file->get(), buffer, sizeof buffer, 0) == 4);
  BOOST_TEST(std::string(buffer) == "text");
}

BOOST_AUTO_TEST_CASE(files_and_directories) {
  const Folder folder;
  const auto one = smtpd::io::make_temp_file(folder.path()),
             two = smtpd::io::make_temp_file(folder.path());
  const auto directory = smtpd::io::make_temp_dir(folder.path(), 0700),
             open = smtpd::io::make_temp_dir(folder.path(), 0750);
  BOOST_REQUIRE((one && two && directory && open));
  BOOST_TEST(*one != *two);
  BOOST_TEST(one->starts_with(folder.path() + '/'));
  BOOST_TEST(mode_of(*one) == 0600U);
  BOOST_TEST(fs::file_size(*one) == 0U);
  BOOST_TEST(fs::is_directory(*directory));
  BOOST_TEST(mode_of(*directory) == 0700U);
  BOOST_TEST(mode_of(*open) == 0750U);
}

BOOST_AUTO_TEST_CASE(no_such_directory) {
  const Folder folder;
  const std::string missing = folder.path() + "/missing";
  BOOST_TEST((smtpd::io::open_unlinked(missing).error().code == smtpd::Errc::io));
  BOOST_TEST((smtpd::io::make_temp_file(missing).error().code == smtpd::Errc::io));
  BOOST_TEST((smtpd::io::make_temp_dir(missing, 0700).error().code == smtpd::Errc::io));
  BOOST_TEST(smtpd::io::make_temp_file(missing).error().what.find(missing) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(they_go_with_their_owner) {
  const Folder folder;
  const std::string file = folder.path() + "/file", tree = folder.path() + "/tree",
                    kept = folder.path() + "/kept";
  BOOST_REQUIRE(write_file(file, "x").has_value());
  BOOST_REQUIRE(write_file(tree + "/a/b/c", "x").has_value());
  BOOST_REQUIRE(write_file(kept + "/inside", "x").has_value());
  fs::create_directory_symlink(kept, tree + "/link");  // the link goes, what it leads to does not
  fs::create_symlink("nowhere", tree + "/a/dangling");
  {
    const TempPath first(file), second(tree);
    BOOST_TEST(first.path() == file);
    BOOST_TEST(fs::exists(file));
  }
  BOOST_TEST(!fs::exists(file));
  BOOST_TEST(!fs::exists(tree));
  BOOST_TEST(fs::exists(kept + "/inside"));
}

BOOST_AUTO_TEST_CASE(moving_an_owner) {
  const Folder folder;
  const std::string one = folder.path() + "/one", two = folder.path() + "/two";
  BOOST_REQUIRE((write_file(one, "x") && write_file(two, "x")));
  {
    TempPath first(one);
    TempPath moved(std::move(first));
    BOOST_TEST(fs::exists(one));
    moved = TempPath(two);
    BOOST_TEST(!fs::exists(one));
    BOOST_TEST(fs::exists(two));
    TempPath& same = moved;
    moved = std::move(same);
    BOOST_TEST(fs::exists(two));
  }
  BOOST_TEST(!fs::exists(two));
  const TempPath gone(two);  // nothing to remove is no trouble
}

BOOST_AUTO_TEST_SUITE_END()
