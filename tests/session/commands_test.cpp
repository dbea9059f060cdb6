#include "lib/session/commands.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace smtpd;
using namespace std::literals;

BOOST_AUTO_TEST_SUITE(commands)

BOOST_AUTO_TEST_CASE(verb_and_argument) {
  const struct {
    std::string text, verb, rest;
  } cases[] = {
      {"", "", ""},
      {"QUIT", "quit", ""},
      {"Mail   FROM:<a@b>  X ", "mail", "FROM:<a@b>  X "},
      {"NOOP ", "noop", ""},
      {" EHLO me", "", "EHLO me"},
      {"HELO\tme", "helo\tme", ""},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT('"' << c.text << '"') {
      std::string verb;
      const CommandLine line = split_command(c.text, verb);
      BOOST_TEST(line.verb == c.verb);
      BOOST_TEST(line.rest == c.rest);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_line) {
  const Limits limits;
  const struct {
    std::string text;
    std::size_t octets;
    std::string what;
    bool too_long = false, ends_well = true, hides_chunk = false;
  } cases[] = {
      {"NOOP", 6, ""},
      {"NOOP", 512, ""},
      {"NOOP", 513, "Line too long"},
      {"MAIL FROM:<>", 2048, ""},
      {"mail FROM:<>", 2049, "Line too long"},
      {"AUTH PLAIN", 12288, ""},
      {"AUTH PLAIN", 12289, "Line too long"},
      {"NOOP", 100, "Line too long", true},
      {"NOOP", 5, "Line ends in a bare LF, not in CRLF", false, false},
      {"NO\rOP", 7, "Bare CR or NUL in a command"},
      {"NO\0OP"s, 7, "Bare CR or NUL in a command"},
      {"BDAT 5", 7, "Line ends in a bare LF, not in CRLF", false, false, true},
      {"GET / HTTP/1.1", 15, "", false, false},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.text << ' ' << c.octets) {
      const auto fault =
          find_fault({.text = c.text, .crlf = true, .too_long = c.too_long, .octets = c.octets},
                     limits, c.ends_well);
      BOOST_TEST((fault ? fault->what : "") == c.what);
      if (fault) BOOST_TEST(fault->hides_chunk == c.hides_chunk);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
