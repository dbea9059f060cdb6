#include "plugins/queue/maildir_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <set>
#include <string>

#include "lib/base/file.hpp"
#include "lib/mail/body.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/scripted_stream.hpp"

namespace fs = std::filesystem;
using smtpd::io::MaildirFile;
using smtpd::transcript::Folder;
using smtpd::transcript::ManualClock;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777U : 0;
}

std::size_t count(const std::string& directory) {
  std::error_code error;
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(directory, error), fs::directory_iterator()));
}

/// Sets the umask, and back.
class Umask {
 public:
  explicit Umask(mode_t mask) : before_(::umask(mask)) {}
  ~Umask() { ::umask(before_); }

 private:
  mode_t before_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(maildir_file)

BOOST_AUTO_TEST_CASE(a_message) {
  const Folder folder;
  const Umask umask(0);
  const ManualClock clock;
  const std::string directory = folder.path() + "/deep/down/mail";
  auto file = MaildirFile::create(directory, 0750, clock);
  BOOST_REQUIRE(file.has_value());
  for (const char* sub : {"", "/tmp", "/new", "/cur"})
    BOOST_TEST(mode_of(directory + sub) == 0750U, sub);
  BOOST_TEST(file->directory() == directory);
  BOOST_TEST(smtpd::write_all(file->fd(), "text\n").has_value());
  BOOST_TEST(count(directory + "/tmp") == 1U);
  BOOST_TEST(mode_of(directory + "/tmp/" + file->name()) == 0640U);
  BOOST_TEST(count(directory + "/new") == 0U);
  BOOST_TEST(file->finish().has_value());
  BOOST_TEST(file->publish().has_value());
  BOOST_TEST(file->sync_directory().has_value());
  BOOST_TEST(count(directory + "/tmp") == 0U);
  BOOST_TEST(smtpd::transcript::read_file(directory + "/new/" + file->name()).value() == "text\n");
}

BOOST_AUTO_TEST_CASE(the_form_of_a_name) {
  const Folder folder;
  const ManualClock clock;
  const auto file = MaildirFile::create(folder.path() + "/mail", 0700, clock);
  BOOST_REQUIRE(file.has_value());
  const std::string start = "1767323045.P" + std::to_string(::getpid()) + "M0Q";
  BOOST_TEST(file->name().starts_with(start), file->name());
  BOOST_TEST(file->name().find_first_of("/:") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(names_of_one_instant_differ) {
  const Folder folder;
  const ManualClock clock;
  std::vector<MaildirFile> files;
  std::set<std::string> names;
  for (int i = 0; i < 20; ++i) {
    auto file = MaildirFile::create(folder.path() + "/mail", 0700, clock);
    BOOST_REQUIRE(file.has_value());
    names.insert(file->name());
    files.push_back(std::move(*file));
  }
  BOOST_TEST(names.size() == 20U);
  BOOST_TEST(count(folder.path() + "/mail/tmp") == 20U);
  files.clear();
  BOOST_TEST(count(folder.path() + "/mail/tmp") == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_not_published_goes) {
  const Folder folder;
  const ManualClock clock;
  const std::string directory = folder.path() + "/mail";
  {
    auto file = MaildirFile::create(directory, 0700, clock);
    BOOST_REQUIRE(file.has_value());
    BOOST_TEST(file->finish().has_value());
  }
  BOOST_TEST(count(directory + "/tmp") == 0U);
  BOOST_TEST(count(directory + "/new") == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_published_stays_or_is_taken_back) {
  const Folder folder;
  const ManualClock clock;
  const std::string directory = folder.path() + "/mail";
  for (int i = 0; i < 2; ++i) {
    auto file = MaildirFile::create(directory, 0700, clock);
    BOOST_REQUIRE(file.has_value());
    BOOST_TEST(file->finish().has_value());
    BOOST_TEST(file->publish().has_value());
    if (i == 1) file->withdraw();
  }
  BOOST_TEST(count(directory + "/new") == 1U);
  auto file = MaildirFile::create(directory, 0700, clock);
  BOOST_REQUIRE(file.has_value());
  file->withdraw();  // nothing is published yet
  BOOST_TEST(count(directory + "/new") == 1U);
  BOOST_TEST(count(directory + "/tmp") == 1U);
  {
    const MaildirFile going = std::move(*file);
  }
  BOOST_TEST(count(directory + "/tmp") == 0U);
}

BOOST_AUTO_TEST_CASE(never_over_another) {
  const Folder folder;
  const ManualClock clock;
  const std::string directory = folder.path() + "/mail";
  auto file = MaildirFile::create(directory, 0700, clock);
  BOOST_REQUIRE(file.has_value());
  BOOST_REQUIRE(
      smtpd::transcript::write_file(directory + "/new/" + file->name(), "older\n").has_value());
  BOOST_TEST(file->finish().has_value());
  const auto published = file->publish();
  BOOST_REQUIRE(!published.has_value());
  BOOST_TEST((published.error().code == smtpd::Errc::io));
  BOOST_TEST(smtpd::transcript::read_file(directory + "/new/" + file->name()).value() == "older\n");
}

BOOST_AUTO_TEST_CASE(a_directory_that_cannot_be_made) {
  const Folder folder;
  const ManualClock clock;
  BOOST_REQUIRE(smtpd::transcript::write_file(folder.path() + "/file", "x").has_value());
  for (const char* name : {"/file", "/file/mail"}) {
    const auto file = MaildirFile::create(folder.path() + name, 0700, clock);
    BOOST_REQUIRE(!file.has_value());
    BOOST_TEST((file.error().code == smtpd::Errc::io));
    BOOST_TEST(file.error().what.find(folder.path()) != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_link_in_its_place_is_not_followed) {
  const Folder folder;
  const ManualClock clock;
  // Whoever may write to the directory still cannot make the server write elsewhere: names exist or
  // they do not.
  auto file = MaildirFile::create(folder.path() + "/mail", 0700, clock);
  BOOST_REQUIRE(file.has_value());
  fs::remove(folder.path() + "/mail/tmp/" + file->name());
  BOOST_TEST(file->finish().has_value());
  BOOST_TEST(!file->publish().has_value());
}

BOOST_AUTO_TEST_SUITE_END()
