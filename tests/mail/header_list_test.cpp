#include "lib/mail/header_list.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

using namespace std::literals;
using smtpd::HeaderList;
using smtpd::HeaderReader;

namespace {

constexpr std::size_t no_limit = 1 << 20;

std::string text_of(const HeaderList& header) {
  std::string text;
  header.append_to(text);
  return text;
}

HeaderList read(std::string_view text) {
  HeaderReader reader(no_limit);
  reader.feed(text);
  reader.finish();
  return reader.take();
}

struct Outcome {
  std::string header, body;
  bool done_before_finish = false;
  std::vector<std::string> names;
};

Outcome feed(const std::vector<std::string_view>& pieces) {
  HeaderReader reader(no_limit);
  Outcome outcome;
  for (const std::string_view piece : pieces) {
    const std::size_t taken = reader.feed(piece);
    BOOST_TEST_REQUIRE(taken <= piece.size());
    BOOST_TEST((taken == piece.size() || reader.done()));
    if (reader.done()) outcome.body += reader.take_overrun();
    outcome.body += piece.substr(taken);
  }
  outcome.done_before_finish = reader.done();
  reader.finish();
  BOOST_TEST(reader.done());
  outcome.body += reader.take_overrun();
  BOOST_TEST(reader.take_overrun().empty());
  const HeaderList header = reader.take();
  outcome.header = text_of(header);
  BOOST_TEST(outcome.header.size() == header.octets());
  for (std::size_t i = 0; i < header.size(); ++i) outcome.names.emplace_back(header.name(i));
  return outcome;
}

struct Case {
  std::string_view name, input, header, body;
  std::vector<std::string> names;
  bool done = true;  ///< before the end of the message
};

void check(const Case& c, const std::vector<std::string_view>& pieces) {
  const Outcome outcome = feed(pieces);
  BOOST_TEST(outcome.header == c.header);
  BOOST_TEST(outcome.body == c.body);
  BOOST_TEST(outcome.names == c.names, boost::test_tools::per_element());
  BOOST_TEST(outcome.done_before_finish == c.done);
}

const Case cases[] = {
    {"usual", "A: 1\nB: 2\n\nbody\n", "A: 1\nB: 2\n", "body\n", {"A", "B"}},
    {"folded", "A: 1\n 2\n\t3\nB:\n x\n\nbody\n", "A: 1\n 2\n\t3\nB:\n x\n", "body\n", {"A", "B"}},
    {"blanks only are a continuation",
     "A: 1\n \n\t\nB: 2\n\nbody\n",
     "A: 1\n \n\t\nB: 2\n",
     "body\n",
     {"A", "B"}},
    {"no body", "A: 1\n\n", "A: 1\n", "", {"A"}},
    {"no blank line", "A: 1\nB: 2\n", "A: 1\nB: 2\n", "", {"A", "B"}, false},
    {"no header", "\nbody\n", "", "body\n", {}},
    {"blank line in the body", "A: 1\n\n\nbody\n", "A: 1\n", "\nbody\n", {"A"}},
    {"nothing", "", "", "", {}, false},
    {"body that looks like a header", "A: 1\n\nB: 2\n\n", "A: 1\n", "B: 2\n\n", {"A"}},
    {"no space after the colon", "A:1\n\n", "A:1\n", "", {"A"}},
    {"colons in the value", "A: b: c\n\n", "A: b: c\n", "", {"A"}},
    {"empty value", "A:\nB: \n\n", "A:\nB: \n", "", {"A", "B"}},
    {"every character of a name",
     "!\"#$%&'()*+,-./09;<=>?@AZ[\\]^_`az{|}~: 1\n\n",
     "!\"#$%&'()*+,-./09;<=>?@AZ[\\]^_`az{|}~: 1\n",
     "",
     {"!\"#$%&'()*+,-./09;<=>?@AZ[\\]^_`az{|}~"}},
    {"8-bit and controls in the value", "A: \xe4\x01\x7f\n\n", "A: \xe4\x01\x7f\n", "", {"A"}},
    // the first line that is no field begins the body
    {"text", "Hello world\nA: 1\n\n", "", "Hello world\nA: 1\n\n", {}},
    {"text of one word", "Hello\nA: 1\n", "", "Hello\nA: 1\n", {}},
    {"text after a field", "A: 1\nHello world\nB: 2\n", "A: 1\n", "Hello world\nB: 2\n", {"A"}},
    {"blanks before the colon",
     "A: 1\nX-weird : y\n z\nB\t  :\n\nb\n",
     "A: 1\nX-weird : y\n z\nB\t  :\n",
     "b\n",
     {"A", "X-weird", "B"}},
    {"blanks and no colon", "A: 1\nB  C: 2\n\n", "A: 1\n", "B  C: 2\n\n", {"A"}},
    {"blanks and the end of the line", "A: 1\nB \n\n", "A: 1\n", "B \n\n", {"A"}},
    {"quoted From", "A: 1\n>From x\nB: 2\n", "A: 1\n", ">From x\nB: 2\n", {"A"}},
    {"mbox From",
     "From x@y Mon Jan  1\nA: 1\n\n",
     "X-Mailbox-Line: From x@y Mon Jan  1\nA: 1\n",
     "",
     {"X-Mailbox-Line", "A"}},
    {"mbox From, quoted",
     ">From x@y\n z\n\n",
     "X-Mailbox-Line: >From x@y\n z\n",
     "",
     {"X-Mailbox-Line"}},
    {"mbox From, alone", "From \n\nb\n", "X-Mailbox-Line: From \n", "b\n", {"X-Mailbox-Line"}},
    {"mbox From twice",
     "From x\nFrom y\n\n",
     "X-Mailbox-Line: From x\n",
     "From y\n\n",
     {"X-Mailbox-Line"}},
    {"a field From with a blank", "From : a@b\nA: 1\n\n", "From : a@b\nA: 1\n", "", {"From", "A"}},
    {"no mbox From", "from x\n\n", "", "from x\n\n", {}},
    {"no mbox From either", "From\tx\n\n", "", "From\tx\n\n", {}},
    {"nor that", ">>From x\n\n", "", ">>From x\n\n", {}},
    {"no name", ": 1\nA: 1\n\n", "", ": 1\nA: 1\n\n", {}},
    {"no name after a field", "A: 1\n: 1\n\n", "A: 1\n", ": 1\n\n", {"A"}},
    {"8-bit name", "A: 1\nB\xe4: 1\n\n", "A: 1\n", "B\xe4: 1\n\n", {"A"}},
    {"8-bit first", "\xe4: 1\n\n", "", "\xe4: 1\n\n", {}},
    {"continuation of nothing", " A: 1\nB: 2\n\n", "", " A: 1\nB: 2\n\n", {}},
    {"a blank as first line", " \nB: 2\n\n", "", " \nB: 2\n\n", {}},
    {"CR", "A: 1\n\rB: 2\n", "A: 1\n", "\rB: 2\n", {"A"}},
    {"NUL in a name", "A: 1\nB\0: 2\n"sv, "A: 1\n", "B\0: 2\n"sv, {"A"}},
    // the message ends in a line (it cannot after a DotDecoder)
    {"cut in a value", "A: 1", "A: 1\n", "", {"A"}, false},
    {"cut in a name", "A: 1\nB", "A: 1\n", "B", {"A"}, false},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(header_list)

BOOST_AUTO_TEST_CASE(reader) {
  for (const Case& c : cases) {
    const std::string_view input = c.input;
    BOOST_TEST_CONTEXT(c.name) { check(c, {input}); }
    for (std::size_t i = 0; i <= input.size(); ++i) {
      for (std::size_t j = i; j <= input.size(); ++j) {
        BOOST_TEST_CONTEXT(c.name << ", split at " << i << " and " << j) {
          check(c, {input.substr(0, i), input.substr(i, j - i), input.substr(j)});
        }
      }
    }
    std::vector<std::string_view> octets;
    for (std::size_t i = 0; i < input.size(); ++i) octets.push_back(input.substr(i, 1));
    BOOST_TEST_CONTEXT(c.name << ", octet by octet") { check(c, octets); }
  }
}

BOOST_AUTO_TEST_CASE(reader_returns_what_it_took) {
  HeaderReader reader(no_limit);
  BOOST_TEST(reader.feed("A: 1\nHel") == 8U);
  BOOST_TEST(!reader.done());
  // Up to the octet behind the blank it may be a field with a blank before its colon.
  BOOST_TEST(reader.feed("lo world\n") == 3U);
  BOOST_TEST(reader.done());
  BOOST_TEST(reader.take_overrun() == "Hello ");
  BOOST_TEST(reader.take_overrun() == "");
  BOOST_TEST(reader.feed("B: 2\n") == 0U);
}

BOOST_AUTO_TEST_CASE(reader_limit) {
  const std::string_view exactly = "A: 1\nB: 2\n";
  for (const std::size_t piece : {1U, 3U, 100U}) {
    for (const std::size_t limit : {9U, 10U}) {
      BOOST_TEST_CONTEXT("pieces of " << piece << ", limit " << limit) {
        HeaderReader reader(limit);
        const std::string text = std::string(exactly) + "\nbody\n";
        std::size_t taken = 0;
        for (std::size_t i = 0; i < text.size(); i += piece)
          taken += reader.feed(std::string_view(text).substr(i, piece));
        reader.finish();
        BOOST_TEST(reader.too_long() == (limit < exactly.size()));
        BOOST_TEST(reader.done() == !reader.too_long());
        BOOST_TEST(taken == (reader.too_long() ? text.size() : exactly.size() + 1));
        BOOST_TEST(reader.take().octets() <= limit);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(reader_limit_of_a_name) {
  HeaderReader reader(100);
  for (int i = 0; i < 1000; ++i) BOOST_TEST(reader.feed("aaaaaaaaaa") == 10U);
  BOOST_TEST(reader.too_long());
  BOOST_TEST(reader.take_overrun().size() <= 100U);
}

// A line that begins like a field counts until it turns out to be none, in one piece as in many.
BOOST_AUTO_TEST_CASE(reader_limit_of_a_line_that_is_no_field) {
  for (const std::size_t piece : {1U, 3U, 100U}) {
    for (const std::size_t limit : {9U, 10U}) {
      BOOST_TEST_CONTEXT("pieces of " << piece << ", limit " << limit) {
        HeaderReader reader(limit);
        const std::string text = "A: 1\nbody of\n";
        for (std::size_t i = 0; i < text.size(); i += piece)
          reader.feed(std::string_view(text).substr(i, piece));
        BOOST_TEST(reader.too_long() == (limit < 10));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(reader_is_linear) {
  std::string text = "Subject: ";
  for (int i = 0; i < 50000; ++i) text += "0123456789\n ";
  text += std::string(400000, 'x') + "\n" + std::string(100000, 'N') + ": x\n\n";
  HeaderReader reader(2 * no_limit);
  const auto start = std::chrono::steady_clock::now();
  for (const char& c : text) reader.feed({&c, 1});
  BOOST_TEST(reader.done());
  BOOST_TEST((std::chrono::steady_clock::now() - start < 5s));  // quadratic would be minutes
  BOOST_TEST(text_of(reader.take()) + "\n" == text);
}

BOOST_AUTO_TEST_CASE(access) {
  const HeaderList header =
      read("Received: a\n\tb\nSubject:   hi \nrEceived:c\nX:\n y\nEmpty:\n\n");
  BOOST_TEST_REQUIRE(header.size() == 5U);
  BOOST_TEST(header.name(0) == "Received");
  BOOST_TEST(header.value(0) == "a\n\tb");
  BOOST_TEST(header.field(0) == "Received: a\n\tb\n");
  BOOST_TEST(header.value(1) == "hi ");
  BOOST_TEST(header.value(3) == "\n y");
  BOOST_TEST(header.value(4) == "");
  BOOST_TEST(header.get("SUBJECT").value() == "hi ");
  BOOST_TEST(header.get("received").value() == "a\n\tb");
  BOOST_TEST(!header.get("receive").has_value());
  BOOST_TEST(!header.get("").has_value());
  const std::vector<std::string_view> received = {"a\n\tb", "c"};
  BOOST_TEST(header.get_all("RECEIVED") == received, boost::test_tools::per_element());
  BOOST_TEST(header.get_all("To").empty());
}

BOOST_AUTO_TEST_CASE(blanks_before_the_colon_are_no_part_of_a_name) {
  HeaderList header = read("Subject \t:  a: b\nSUBJECT: c\nTo :\n\n");
  BOOST_TEST_REQUIRE(header.size() == 3U);
  BOOST_TEST(header.name(0) == "Subject");
  BOOST_TEST(header.value(0) == "a: b");
  BOOST_TEST(header.field(0) == "Subject \t:  a: b\n");
  BOOST_TEST(header.value(2) == "");
  BOOST_TEST(header.get_all("subject").size() == 2U);
  BOOST_TEST(header.remove("subject") == 2U);
  header.replace("to", "x");
  BOOST_TEST(text_of(header) == "to: x\n");
}

BOOST_AUTO_TEST_CASE(order_of_what_is_added) {
  HeaderList header = read("From: a\n\n");
  header.add_above_sender("Received", "1");
  header.add_front("Authentication-Results", "2");
  header.add_back("X-Last", "3");
  header.add_front("X-First", "4");
  header.add_above_sender("Received", "5");
  BOOST_TEST(
      text_of(header) ==
      "X-First: 4\nAuthentication-Results: 2\nReceived: 5\nReceived: 1\nFrom: a\nX-Last: 3\n");
  BOOST_TEST(header.octets() == text_of(header).size());
  std::string out = "before\n";
  header.append_to(out);
  BOOST_TEST(out == "before\n" + text_of(header));
}

BOOST_AUTO_TEST_CASE(removal_keeps_the_front_in_order) {
  HeaderList header = read("From: a\nX: 1\n\n");
  header.add_front("X", "2");
  header.add_front("Y", "3");
  header.add_front("X", "4");
  BOOST_TEST(header.remove("x") == 3U);
  header.add_above_sender("Received", "5");
  BOOST_TEST(text_of(header) == "Y: 3\nReceived: 5\nFrom: a\n");
  BOOST_TEST(header.remove("x") == 0U);
  BOOST_TEST(header.remove("Y") == 1U);
  header.add_above_sender("Received", "6");
  BOOST_TEST(text_of(header) == "Received: 6\nReceived: 5\nFrom: a\n");
}

BOOST_AUTO_TEST_CASE(remove_by_its_own_name) {
  HeaderList header = read("Aaaaaaaaaaaaaaaaaaaaaaaa: 1\nB: 2\nAAAAAAAAAAAAAAAAAAAAAAAA: 3\n\n");
  BOOST_TEST(header.remove(header.name(0)) == 2U);
  BOOST_TEST(text_of(header) == "B: 2\n");
}

BOOST_AUTO_TEST_CASE(remove_if) {
  HeaderList header = read("A: 1\nB: 2\nA: 3\n\n");
  BOOST_TEST(header.remove_if([](std::string_view name, std::string_view value) {
    return name == "A" && value == "3";
  }) == 1U);
  BOOST_TEST(text_of(header) == "A: 1\nB: 2\n");
}

BOOST_AUTO_TEST_CASE(replace) {
  HeaderList header = read("A: 1\nSubject: 2\nB: 3\nSUBJECT: 4\nsubject: 5\n\n");
  header.replace("Subject", "new");
  BOOST_TEST(text_of(header) == "A: 1\nSubject: new\nB: 3\n");
  header.replace("To", "x");
  BOOST_TEST(text_of(header) == "A: 1\nSubject: new\nB: 3\nTo: x\n");
  header.replace("a", header.value(0));
  BOOST_TEST(text_of(header) == "a: 1\nSubject: new\nB: 3\nTo: x\n");
}

BOOST_AUTO_TEST_CASE(replace_keeps_the_front_in_order) {
  HeaderList header = read("X: 1\nFrom: a\n\n");
  header.add_front("X", "2");
  header.add_front("X", "3");
  header.replace("x", "new");
  header.add_above_sender("Received", "4");
  BOOST_TEST(text_of(header) == "x: new\nReceived: 4\nFrom: a\n");
}

BOOST_AUTO_TEST_CASE(made_harmless) {
  const struct {
    std::string_view name, value, field;
  } harmless_cases[] = {
      {"A", "1", "A: 1\n"},
      {"A", "", "A:\n"},
      {"A", "1\n 2\n\t3", "A: 1\n 2\n\t3\n"},
      {"A", "1\n", "A: 1\n"},
      {"A", "1\n\n", "A: 1\n"},
      {"A", "\n 2", "A:\n 2\n"},
      {"A", "1\nBcc: x", "A: 1 Bcc: x\n"},
      {"A", "1\r\nBcc: x", "A: 1? Bcc: x\n"},
      {"A", "1\rBcc: x", "A: 1?Bcc: x\n"},
      {"A", "1\n\nbody", "A: 1  body\n"},
      {"A", "1\n \nbody", "A: 1   body\n"},
      {"A", "1\n \n x", "A: 1  \n x\n"},
      {"A", "1\n ", "A: 1  \n"},
      {"A", "\t\x01\x7f\0\v\xe4"sv, "A: \t?????\n"},
      {"A", "\xc3\xa4", "A: ??\n"},
      {"X y:z\n\xe4", "1", "X-y-z--: 1\n"},
      {"", "1", "-: 1\n"},
  };
  for (const auto& c : harmless_cases) {
    BOOST_TEST_CONTEXT(c.field) {
      HeaderList header;
      header.add_back(c.name, c.value);
      BOOST_TEST(header.field(0) == c.field);
      HeaderList front;
      front.add_front(c.name, c.value);
      front.replace(front.name(0), c.value);
      BOOST_TEST(front.field(0) == c.field);
      const std::string text = std::string(c.field) + "\n";
      BOOST_TEST(read(text).size() == 1U);
      BOOST_TEST(text_of(read(text)) == c.field);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_added_is_ascii_or_utf8) {
  HeaderList header = read("Subject: \xe4\nFrom: a\n\n");
  header.add_front("A", "\xc3\xa4\xff");
  header.set_charset(smtpd::Charset::utf8);
  header.add_back("B", "\xc3\xa4\xff\xe2\x82");
  header.add_above_sender("C", "\xe2\x82\xac");
  BOOST_TEST(text_of(header) ==
             "A: ???\nC: \xe2\x82\xac\nSubject: \xe4\nFrom: a\nB: \xc3\xa4???\n");
  const bool added[] = {true, true, false, false, true};
  for (std::size_t i = 0; i < header.size(); ++i) BOOST_TEST(header.is_added(i) == added[i]);
  header.replace("subject", "** \xe4");  // still what the sender has written
  header.replace("B", "\xe4");
  BOOST_TEST(header.get("Subject").value() == "** \xe4");
  BOOST_TEST(header.get("B").value() == "?");
  BOOST_TEST(!header.is_added(2));
  BOOST_TEST(header.is_added(4));
}

BOOST_AUTO_TEST_SUITE_END()
