#include "lib/io/sweep.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>

#include "lib/io/temp.hpp"
#include "plugins/queue/maildir_file.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/scripted_stream.hpp"

namespace fs = std::filesystem;
using smtpd::WallTime;
using smtpd::io::MaildirFile;
using smtpd::io::rest_behind;
using smtpd::io::Sweep;
using smtpd::transcript::Folder;
using smtpd::transcript::ManualClock;
using smtpd::transcript::write_file;

namespace {

constexpr std::chrono::seconds now{1'767'323'045};

void set_age(const std::string& path, std::chrono::seconds age) {
  const timespec when{(now - age).count(), 0};
  const timespec times[] = {when, when};
  BOOST_REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
}

void make_old(const std::string& path) {
  BOOST_REQUIRE(write_file(path, "x").has_value());
  set_age(path, std::chrono::hours(100));
}

std::size_t count(const std::string& directory) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

bool anything(std::string_view name) { return name != "." && name != ".."; }

smtpd::io::Leftovers leftovers(const std::string& directory, Sweep kinds = Sweep::files) {
  return {directory, anything, kinds, WallTime(now - smtpd::io::sweep_age)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sweep)

BOOST_AUTO_TEST_CASE(one_session_in_a_hundred) {
  ManualClock clock;
  int due = 0;
  for (int i = 0; i < 1000; ++i) {
    if (smtpd::io::sweep_is_due(clock)) ++due;
    clock.move(std::chrono::milliseconds(1));
  }
  BOOST_TEST(due == 10);
}

BOOST_AUTO_TEST_CASE(names) {
  BOOST_TEST((rest_behind("12:345rest", "#:#") == "rest"));
  BOOST_TEST((rest_behind("12:345", "#:#") == ""));
  for (const char* name : {"", "12", "12:", ":1", "a:1", "12;1"})
    BOOST_TEST(!rest_behind(name, "#:#").has_value(), name);
}

BOOST_AUTO_TEST_CASE(thirty_six_hours) {
  const Folder folder;
  make_old(folder.path() + "/older");
  make_old(folder.path() + "/not quite");
  set_age(folder.path() + "/older", smtpd::io::sweep_age + std::chrono::seconds(1));
  set_age(folder.path() + "/not quite", smtpd::io::sweep_age);
  BOOST_TEST(smtpd::io::sweep(leftovers(folder.path())) == 1U);
  BOOST_TEST(fs::exists(folder.path() + "/not quite"));
}

BOOST_AUTO_TEST_CASE(links_and_other_kinds_stay) {
  const Folder folder;
  const std::string outside = folder.path() + "/outside", inside = folder.path() + "/inside";
  make_old(outside + "/1:1:1");
  fs::create_directory(inside);
  fs::create_symlink(outside + "/1:1:1", inside + "/1:1:2");
  fs::create_directory_symlink(outside, inside + "/1:1:3");
  BOOST_REQUIRE(::mkfifo((inside + "/1:1:4").c_str(), 0600) == 0);
  for (const char* name : {"/1:1:2", "/1:1:3", "/1:1:4"})
    set_age(inside + name, std::chrono::hours(100));
  BOOST_TEST(smtpd::io::sweep(leftovers(inside, Sweep::files_and_directories)) == 0U);
  BOOST_TEST(count(inside) == 3U);
  BOOST_TEST(fs::exists(outside + "/1:1:1"));
  // Nor is a tmp that leads elsewhere.
  const std::string link = folder.path() + "/link";
  fs::create_directory_symlink(outside, link);
  BOOST_TEST(smtpd::io::sweep(leftovers(link)) == 0U);
  BOOST_TEST(fs::exists(outside + "/1:1:1"));
}

BOOST_AUTO_TEST_CASE(directories) {
  const Folder folder;
  const std::string tree = folder.path() + "/1:1:1", kept = folder.path() + "/kept";
  make_old(tree + "/a/b");
  make_old(kept + "/file");
  fs::create_directory_symlink(kept, tree + "/link");
  set_age(tree, std::chrono::hours(100));
  BOOST_TEST(smtpd::io::sweep(leftovers(folder.path())) == 0U);
  BOOST_TEST(fs::exists(tree + "/a/b"));
  BOOST_TEST(smtpd::io::sweep_temporary(folder.path(), WallTime(now)) == 1U);
  BOOST_TEST(!fs::exists(tree));
  BOOST_TEST(fs::exists(kept + "/file"));
}

BOOST_AUTO_TEST_CASE(the_work_is_bounded) {
  const Folder folder;
  for (int i = 0; i < 1200; ++i) make_old(folder.path() + '/' + std::to_string(i));
  BOOST_TEST(smtpd::io::sweep(leftovers(folder.path())) == 1000U);
  BOOST_TEST(smtpd::io::sweep(leftovers(folder.path())) == 200U);
}

BOOST_AUTO_TEST_CASE(what_the_server_makes_is_found) {
  const Folder folder;
  const ManualClock clock;
  const std::string mail = folder.path() + "/mail", spool = folder.path() + "/spool";
  fs::create_directory(spool);
  fs::create_directory_symlink(spool, folder.path() + "/link");  // an administrator's
  auto message = MaildirFile::create(mail, 0700, clock);
  BOOST_REQUIRE(message.has_value());
  const auto file = smtpd::io::make_temp_file(spool),
             directory = smtpd::io::make_temp_dir(spool, 0700);
  BOOST_REQUIRE((file && directory));
  const WallTime before = std::chrono::system_clock::now() + std::chrono::hours(1);
  BOOST_TEST(MaildirFile::sweep(mail, before) == 1U);
  BOOST_TEST(count(mail + "/tmp") == 0U);
  BOOST_TEST(smtpd::io::sweep_temporary(folder.path() + "/link", before) == 2U);
  BOOST_TEST(count(spool) == 0U);
}

BOOST_AUTO_TEST_CASE(no_such_directory) {
  const Folder folder;
  BOOST_TEST(smtpd::io::sweep(leftovers(folder.path() + "/missing")) == 0U);
  make_old(folder.path() + "/file");
  BOOST_TEST(smtpd::io::sweep(leftovers(folder.path() + "/file")) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
