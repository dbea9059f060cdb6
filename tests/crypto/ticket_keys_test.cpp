#include "lib/crypto/ticket_keys.hpp"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>

#include "lib/services/services.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/processes.hpp"
#include "tests/support/scripted_stream.hpp"

using smtpd::transcript::Folder;
using smtpd::transcript::ManualClock;

namespace {

struct Keys {
  Folder folder;
  std::string path = folder.path() + "/tls-ticket-keys";
  ManualClock clock;

  std::vector<std::string> get() {
    auto keys = smtpd::ticket_keys(path, *smtpd::CryptoModule().get().value(), clock);
    BOOST_REQUIRE_MESSAGE(keys, (keys ? std::string() : keys.error().what));
    return *keys;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(ticket_keys)

BOOST_AUTO_TEST_CASE(are_made_once_for_half_a_day) {
  Keys keys;
  const auto first = keys.get();
  BOOST_REQUIRE(first.size() == 1U);
  BOOST_TEST(first[0].size() == smtpd::ticket_key_size);
  struct stat info{};
  BOOST_TEST(::stat(keys.path.c_str(), &info) == 0);
  BOOST_TEST((info.st_mode & 0777) == 0600U);
  keys.clock.move(std::chrono::hours(12) - std::chrono::seconds(1));
  BOOST_TEST((keys.get() == first));
}

BOOST_AUTO_TEST_CASE(the_last_three_are_kept) {
  Keys keys;
  std::vector<std::string> made;
  for (int i = 0; i < 4; ++i) {
    made.insert(made.begin(), keys.get().front());
    keys.clock.move(std::chrono::hours(13));
  }
  made.insert(made.begin(), keys.get().front());
  made.resize(3);
  BOOST_TEST((keys.get() == made));
}

BOOST_AUTO_TEST_CASE(a_cut_file_is_made_anew) {
  Keys keys;
  BOOST_REQUIRE(smtpd::transcript::write_file(keys.path, "short"));
  ::chmod(keys.path.c_str(), 0600);
  BOOST_TEST(keys.get().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_file_that_others_read_is_not_used) {
  Keys keys;
  keys.get();
  ::chmod(keys.path.c_str(), 0640);
  const auto refused =
      smtpd::ticket_keys(keys.path, *smtpd::CryptoModule().get().value(), keys.clock);
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == smtpd::Errc::permission));
}

BOOST_AUTO_TEST_CASE(processes_that_begin_at_once_agree) {
  for (int round = 0; round < 10; ++round) {
    Keys keys;
    const auto newest = smtpd::transcript::all_at_once(30, [&] { return keys.get().front(); });
    BOOST_TEST(newest.size() == 1U);
  }
}

// A ticket that one of them makes is good for all: its key is in the file that is left.
BOOST_AUTO_TEST_CASE(processes_that_renew_at_once_agree) {
  for (int round = 0; round < 10; ++round) {
    Keys keys;
    const std::string before = keys.get().front();
    keys.clock.move(std::chrono::hours(13));
    const auto newest = smtpd::transcript::all_at_once(30, [&] { return keys.get().front(); });
    const auto left = keys.get();
    BOOST_REQUIRE(left.size() == 2U);
    BOOST_TEST(left[1] == before);
    for (const std::string& key : newest) BOOST_TEST((key == left[0] || key == left[1]));
  }
}

BOOST_AUTO_TEST_SUITE_END()
