#include "plugins/qmail_spp.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace smtpd;

namespace {

/// `VERDICT TEXT` of a refusal; `nothing` without one; `error: ...`.
std::string answer(const std::string& text) {
  const auto output = spp::parse(text);
  if (!output) return "error: " + output.error();
  if (output->decision != spp::Decision::refuse) return "nothing";
  return std::string(to_string(output->refusal.verdict)) + ' ' + output->refusal.text;
}

spp::Decision decision(const std::string& text) { return spp::parse(text)->decision; }

}  // namespace

BOOST_AUTO_TEST_SUITE(qmail_spp)

BOOST_AUTO_TEST_CASE(refusals) {
  BOOST_TEST(answer("E550 no\n") == "DENY no");
  BOOST_TEST(answer("E450 not now\n") == "DENYSOFT not now");
  BOOST_TEST(answer("E421 go\n") == "DENYSOFT_DISCONNECT go");
  BOOST_TEST(answer("R550 no\n") == "DENY_DISCONNECT no");
  BOOST_TEST(answer("R450 not now\n") == "DENYSOFT_DISCONNECT not now");
  BOOST_TEST(answer("R421 go\n") == "DENYSOFT_DISCONNECT go");
  BOOST_TEST(answer("D\n") == "DENY_DISCONNECT ");
  BOOST_TEST(answer("Eno\n") == "DENY no");
  BOOST_TEST(answer("E\n") == "DENY ");
  BOOST_TEST(answer("E550\n") == "DENY ");
  BOOST_TEST(answer("E5501 is no code\n") == "DENY 5501 is no code");
}

BOOST_AUTO_TEST_CASE(statuses) {
  BOOST_TEST(answer("E553 5.1.1 no mailbox\n") == "DENY no mailbox (#5.1.1)");
  BOOST_TEST(answer("E550 5.7.1\n") == "DENY 5.7.1");
  BOOST_TEST(answer("E550 192.0.2.1 is listed\n") == "DENY 192.0.2.1 is listed");
  BOOST_TEST(answer("E550 1.2.3456 is listed\n") == "DENY 1.2.3456 is listed");
  BOOST_TEST(answer("E550 no (#5.1.1)\n") == "DENY no (#5.1.1)");
}

BOOST_AUTO_TEST_CASE(line_ends) {
  BOOST_TEST(answer("E550 no") == "DENY no");
  BOOST_TEST(answer("\r\n\nE550 no\r\n") == "DENY no");
  BOOST_TEST(answer("") == "nothing");
}

BOOST_AUTO_TEST_CASE(the_first_decision_counts) {
  BOOST_TEST(answer("N\nE550 no\n") == "nothing");
  BOOST_TEST((decision("N\nnonsense\n") == spp::Decision::next));
  BOOST_TEST((decision("A\nN\n") == spp::Decision::off));
  BOOST_TEST((decision("O \nN\n") == spp::Decision::accept));
  BOOST_TEST((decision("S_a1=b=c\nUx\nHX-Y: z\nLMno\nP250 hi\n") == spp::Decision::none));
}

BOOST_AUTO_TEST_CASE(what_is_kept) {
  const auto output = spp::parse("SA=b=c\nUd\nHX-Y:  z : 1 \nLM450 later\nLD550 5.7.1 no\nPhi\n");
  BOOST_REQUIRE(output.has_value());
  BOOST_REQUIRE(output->variables.size() == 2U);
  BOOST_TEST(output->variables[0].name == "A");
  BOOST_TEST(*output->variables[0].value == "b=c");
  BOOST_TEST(output->variables[1].name == "d");
  BOOST_TEST(!output->variables[1].value);
  BOOST_REQUIRE(output->fields.size() == 1U);
  BOOST_TEST(output->fields[0].name == "X-Y");
  BOOST_TEST(output->fields[0].value == "z : 1");
  BOOST_REQUIRE(output->late.size() == 2U);
  BOOST_TEST(output->late[0].command == 'M');
  BOOST_TEST((output->late[0].refusal.verdict == Verdict::denysoft));
  BOOST_TEST(output->late[1].refusal.text == "no (#5.7.1)");
  BOOST_TEST(output->unsent.front() == "hi");
}

BOOST_AUTO_TEST_CASE(what_is_no_command) {
  for (const std::string text :
       {"X\n",     "x\n",          " E550 no\n",  "No such file\n", "Available\n", "Done\n",
        "OK\n",    "S\n",          "SA\n",        "S1=2\n",         "SA B=c\n",    "U\n",
        "UA=b\n",  "H\n",          "HX Y: z\n",   "H: z\n",         "HX-Y\n",      "L\n",
        "LX550\n", "LM250 fine\n", "E250 fine\n", "R354 go on\n",   "Ca@b.test\n", "\001\n"}) {
    BOOST_TEST(!spp::parse(text).has_value(), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
