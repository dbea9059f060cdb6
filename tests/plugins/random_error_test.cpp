#include "plugins/random_error.hpp"

#include <array>
#include <boost/test/unit_test.hpp>

#include "tests/support/loaded.hpp"

using namespace smtpd;
using smtpd::transcript::Loaded;

namespace {

constexpr int messages = 20'000;

/// What became of so many messages.
struct Tally {
  int failed = 0, closed = 0;
};

/// The answers on the way of one message, up to the first failure.
Verdict send_message(Loaded& loaded, Transaction& txn) {
  Host& host = loaded.host();
  Connection& conn = loaded.conn();
  const Address address;
  const Parameters none;
  const auto is_failure = [](const Result& result) { return result.verdict != Verdict::declined; };
  Result result = host.decide<Hook::connect>(conn);
  if (!is_failure(result)) result = host.decide<Hook::ehlo>(conn, Hello());
  if (!is_failure(result)) result = host.decide<Hook::mail>(txn, address, none);
  if (!is_failure(result)) result = host.decide<Hook::rcpt>(txn, address, none);
  if (!is_failure(result)) result = host.decide<Hook::data>(txn);
  if (!is_failure(result)) result = host.decide<Hook::data_post>(txn);
  return result.verdict;
}

Tally send_messages(const std::string& arguments) {
  Loaded loaded("random_error " + arguments + "\n");
  Transaction txn(loaded.conn(), 1, Body());
  Tally tally;
  for (int i = 0; i < messages; ++i) {
    const Verdict verdict = send_message(loaded, txn);
    if (verdict == Verdict::denysoft || verdict == Verdict::denysoft_disconnect) ++tally.failed;
    if (verdict == Verdict::denysoft_disconnect) ++tally.closed;
  }
  return tally;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(random_error)

/// The seed makes these the same every time; the bounds are what chance allows.
BOOST_AUTO_TEST_CASE(percentage_of_messages) {
  for (const int percent : {1, 10, 50, 90}) {
    const Tally tally = send_messages(std::to_string(percent) + " seed 7");
    const double failed = 100.0 * tally.failed / messages;
    BOOST_TEST(failed > percent - 1.5);
    BOOST_TEST(failed < percent + 1.5);
  }
}

BOOST_AUTO_TEST_CASE(two_of_five_close) {
  const Tally tally = send_messages("50 seed 7");
  BOOST_TEST(100.0 * tally.closed / tally.failed > 38.5);
  BOOST_TEST(100.0 * tally.closed / tally.failed < 41.5);
}

BOOST_AUTO_TEST_CASE(all_and_none) {
  BOOST_TEST(send_messages("100").failed == messages);
  BOOST_TEST(send_messages("0").failed == 0);
  BOOST_TEST(send_messages("-1").failed == 0);
}

/// One in a hundred without an argument, and each process has a sequence of its own.
BOOST_AUTO_TEST_CASE(defaults) {
  const Tally first = send_messages("");
  BOOST_TEST(first.failed > 0);
  BOOST_TEST(first.failed < messages / 30);
}

BOOST_AUTO_TEST_CASE(another_plugin_may_set_the_percentage) {
  Loaded loaded("random_error 100\n");
  loaded.conn().notes.set(note::random_fail_percent, 0);
  Transaction txn(loaded.conn(), 1, Body());
  BOOST_TEST((send_message(loaded, txn) == Verdict::declined));
}

BOOST_AUTO_TEST_SUITE_END()
