#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/support/loaded.hpp"

using smtpd::Hook;
using smtpd::transcript::Loaded;

namespace {

/// `OWNER`, `OWNER<CODE` for a parent's, with + behind what was added.
std::string text_of(const Loaded& loaded, Hook hook) {
  std::string text;
  for (const auto& handler : loaded.host().handlers(hook)) {
    text += (text.empty() ? "" : " ") + handler.owner.name();
    if (&handler.code != &handler.owner) text += '<' + handler.code.name();
    if (handler.is_added) text += '+';
  }
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(handlers)

BOOST_AUTO_TEST_CASE(added_in_front_and_behind) {
  const Loaded loaded("registers\nrecorder\n");
  BOOST_TEST(text_of(loaded, Hook::noop) ==
             "registers+ registers+ registers registers+ registers+ recorder");
  BOOST_TEST(text_of(loaded, Hook::help) == "registers+ recorder");
  BOOST_TEST(text_of(loaded, Hook::vrfy) == "recorder");
}

BOOST_AUTO_TEST_CASE(of_a_parent) {
  const Loaded loaded("inherits registers\n");
  BOOST_TEST(text_of(loaded, Hook::noop) == "registers+ registers+ registers+ registers+ inherits");
  const Loaded other("inherits rcpt_ok and relay\n");
  BOOST_TEST(text_of(other, Hook::connect) == "inherits<relay");
  BOOST_TEST(text_of(other, Hook::rcpt) == "inherits");
}

BOOST_AUTO_TEST_CASE(of_a_class_that_lists_none) {
  const Loaded loaded("matrix noop none\n");
  BOOST_TEST(text_of(loaded, Hook::noop) == "matrix+");
}

BOOST_AUTO_TEST_SUITE_END()
