#include <sys/sysinfo.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>

#include "tests/support/loaded.hpp"

using namespace smtpd;
using smtpd::transcript::Loaded;

namespace {

/// The load that the kernel tells in this program; negative: it does not tell.
double load = 0;

Result connect(const char* plugins) {
  Loaded loaded(plugins);
  return loaded.host().decide<Hook::connect>(loaded.conn());
}

}  // namespace

/// In place of the C library's: nobody can count on the load of the machine that runs the tests.
extern "C" int sysinfo(struct sysinfo* info) noexcept {
  *info = {};
  info->loads[0] = static_cast<unsigned long>(load * (1 << SI_LOAD_SHIFT));
  if (load >= 0) return 0;
  errno = EFAULT;
  return -1;
}

BOOST_AUTO_TEST_SUITE(loadcheck)

BOOST_AUTO_TEST_CASE(refuses_above_the_limit_only) {
  load = 7.0;
  BOOST_TEST((connect("loadcheck\n").verdict == Verdict::declined));
  BOOST_TEST((connect("loadcheck max_load 6.99\n").verdict == Verdict::denysoft));
  load = 7.25;
  BOOST_TEST((connect("loadcheck\n").verdict == Verdict::denysoft));
  BOOST_TEST((connect("loadcheck max_load 7.25\n").verdict == Verdict::declined));
  BOOST_TEST((connect("loadcheck max_load 7.249\n").verdict == Verdict::denysoft));
  load = 0;
  BOOST_TEST((connect("loadcheck max_load 0.001\n").verdict == Verdict::declined));
}

BOOST_AUTO_TEST_CASE(says_why) {
  load = 12.0625;
  Loaded loaded("loadcheck\n");
  const Result result = loaded.host().decide<Hook::connect>(loaded.conn());
  BOOST_TEST(result.text == "Server load too high, please try again later.");
  BOOST_TEST(loaded.logged("(connect) loadcheck: local load too high: 12.06\n"));
}

BOOST_AUTO_TEST_CASE(without_a_load_nobody_is_refused) {
  load = -1;
  Loaded loaded("loadcheck\n");
  const Result result = loaded.host().decide<Hook::connect>(loaded.conn());
  BOOST_TEST((result.verdict == Verdict::declined));
  BOOST_TEST(loaded.logged("loadcheck: error, no load average: sysinfo: "));
}

BOOST_AUTO_TEST_SUITE_END()
