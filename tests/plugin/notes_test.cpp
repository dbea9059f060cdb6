#include "lib/plugin/notes.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "lib/plugin/connection.hpp"

using smtpd::Hook;
using smtpd::NoteKey;
using smtpd::Notes;
using smtpd::Verdict;

namespace {

constexpr NoteKey<bool> flag{"flag"};
constexpr NoteKey<std::int64_t> number{"number"};
constexpr NoteKey<std::string> text{"text"};
constexpr NoteKey<std::vector<std::string>> list{"list"};

}  // namespace

BOOST_AUTO_TEST_SUITE(notes)

BOOST_AUTO_TEST_CASE(what_is_not_set) {
  const Notes empty;
  BOOST_TEST(!empty.get(flag));
  BOOST_TEST(!empty.has(number));
  BOOST_TEST(!empty.text("text").has_value());
}

BOOST_AUTO_TEST_CASE(every_type) {
  Notes all;
  all.set(flag, true);
  all.set(number, std::int64_t{-3});
  all.set(text, std::string("words"));
  all.set(list, {"one", "two"});
  BOOST_TEST(*all.get(flag));
  BOOST_TEST(*all.get(number) == -3);
  BOOST_TEST(*all.get(text) == "words");
  BOOST_TEST(all.get(list)->size() == 2U);
  BOOST_TEST(*all.text("flag") == "1");
  BOOST_TEST(*all.text("number") == "-3");
  BOOST_TEST(*all.text("text") == "words");
  BOOST_TEST(*all.text("list") == "one; two");
  BOOST_TEST((all.has(flag) && all.has(number) && all.has(text) && all.has(list)));
}

BOOST_AUTO_TEST_CASE(what_counts_as_false) {
  Notes all;
  all.set(flag, false);
  all.set(number, 0);
  all.set(text, "");
  all.set(list, {});
  BOOST_TEST((!all.has(flag) && !all.has(number) && !all.has(text) && !all.has(list)));
  BOOST_TEST((all.get(flag) && all.get(number) && all.get(text) && all.get(list)));
  BOOST_TEST(*all.text("flag") == "0");
  BOOST_TEST(*all.text("list") == "");
}

BOOST_AUTO_TEST_CASE(another_type_under_the_same_name) {
  Notes all;
  all.set(NoteKey<std::int64_t>{"karma"}, 5);
  BOOST_TEST(!all.get(NoteKey<std::string>{"karma"}));
  BOOST_TEST(!all.has(NoteKey<bool>{"karma"}));
  BOOST_TEST(*all.text("karma") == "5");
  all.set(NoteKey<std::string>{"karma"}, "five");
  BOOST_TEST(!all.get(NoteKey<std::int64_t>{"karma"}));
  BOOST_TEST(*all.get(NoteKey<std::string>{"karma"}) == "five");
}

BOOST_AUTO_TEST_CASE(set_again_and_erased) {
  Notes all;
  all.set(text, "one");
  all.set(text, "two");
  BOOST_TEST(*all.get(text) == "two");
  all.erase("text");
  BOOST_TEST(!all.get(text));
  all.erase("text");
  all.erase("never set");
}

BOOST_AUTO_TEST_CASE(results_of_hooks) {
  smtpd::HookResults results;
  results.record(Hook::mail, "a", Verdict::declined);
  results.record(Hook::mail, "b", Verdict::ok);
  results.record(Hook::rcpt, "a", Verdict::deny);
  BOOST_TEST((results.of("a", Hook::mail) == Verdict::declined));
  BOOST_TEST((results.of("b", Hook::mail) == Verdict::ok));
  BOOST_TEST((results.of("a", Hook::rcpt) == Verdict::deny));
  BOOST_TEST((results.of("b", Hook::rcpt) == std::nullopt));
  BOOST_TEST((results.of("c", Hook::mail) == std::nullopt));
  BOOST_TEST(results.plugin(Hook::mail, Verdict::ok) == "b");
  BOOST_TEST(results.plugin(Hook::mail, Verdict::deny) == "");
  results.record(Hook::mail, "a", Verdict::denysoft);
  BOOST_TEST((results.of("a", Hook::mail) == Verdict::denysoft));
  BOOST_TEST((results.of("b", Hook::mail) == Verdict::ok));
}

BOOST_AUTO_TEST_SUITE_END()
