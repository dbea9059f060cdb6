#include "lib/crypto/private_file.hpp"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <string>

#include "lib/services/services.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/processes.hpp"

namespace {

smtpd::Crypto& crypto() {
  static const auto loaded = smtpd::CryptoModule().get();
  BOOST_REQUIRE_MESSAGE(loaded, (loaded ? std::string() : loaded.error().what));
  return **loaded;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(private_file)

BOOST_AUTO_TEST_CASE(a_key_stays) {
  const smtpd::transcript::Folder folder;
  const std::string path = folder.path() + "/key";
  const auto key = smtpd::lasting_key(path, crypto());
  BOOST_REQUIRE(key.has_value());
  BOOST_TEST(key->size() == 32U);
  BOOST_TEST(smtpd::lasting_key(path, crypto()).value_or("") == *key);
  struct stat info{};
  BOOST_REQUIRE(::stat(path.c_str(), &info) == 0);
  BOOST_TEST((info.st_mode & 07777) == 0600);
  const auto other = smtpd::lasting_key(folder.path() + "/other", crypto());
  BOOST_TEST((other.has_value() && *other != *key));
}

BOOST_AUTO_TEST_CASE(a_key_that_others_can_read_is_none) {
  const smtpd::transcript::Folder folder;
  const std::string path = folder.path() + "/key";
  BOOST_REQUIRE(smtpd::lasting_key(path, crypto()).has_value());
  ::chmod(path.c_str(), 0640);
  const auto key = smtpd::lasting_key(path, crypto());
  BOOST_REQUIRE(!key.has_value());
  BOOST_TEST((key.error().code == smtpd::Errc::permission));
}

BOOST_AUTO_TEST_CASE(a_key_that_was_cut_is_made_anew) {
  const smtpd::transcript::Folder folder;
  const std::string path = folder.path() + "/key";
  BOOST_REQUIRE(smtpd::write_private_file(path, "short", smtpd::Existing::goes).has_value());
  const auto key = smtpd::lasting_key(path, crypto());
  BOOST_REQUIRE(key.has_value());
  BOOST_TEST(key->size() == 32U);
  BOOST_TEST(smtpd::lasting_key(path, crypto()).value_or("") == *key);
  BOOST_TEST(!smtpd::lasting_key(folder.path() + "/none/key", crypto()).has_value());
}

BOOST_AUTO_TEST_CASE(processes_that_begin_at_once_agree) {
  using smtpd::transcript::Folder;
  for (int round = 0; round < 10; ++round) {
    const Folder folder;
    const auto keys = smtpd::transcript::all_at_once(
        30, [&] { return smtpd::lasting_key(folder.path() + "/key", crypto()).value_or("none"); });
    BOOST_TEST(keys.size() == 1U);
    BOOST_TEST(keys.begin()->size() == 32U);
  }
}

BOOST_AUTO_TEST_SUITE_END()
