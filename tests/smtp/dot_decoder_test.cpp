#include "lib/smtp/dot_decoder.hpp"

#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/smtp/faults.hpp"

using namespace std::literals;
using smtpd::DotDecoder;
using LineEnds = smtpd::DotDecoder::LineEnds;

namespace {

constexpr std::size_t max_line = 8;

struct Outcome {
  std::string text;
  bool done = false;
  std::size_t consumed = 0;
  std::string faults;
};

/// Decodes the pieces in turn, each in its own allocation so that a sanitizer sees what is read
/// beyond it.
Outcome decode(LineEnds line_ends, const std::vector<std::string_view>& pieces) {
  DotDecoder decoder(line_ends, max_line);
  Outcome outcome;
  for (const std::string_view piece : pieces) {
    std::vector<char> chunk(piece.begin(), piece.end());
    const auto step = decoder.decode(chunk);
    BOOST_TEST_REQUIRE(step.produced <= step.consumed);
    BOOST_TEST_REQUIRE(step.consumed <= chunk.size());
    BOOST_TEST((step.done || step.consumed == chunk.size()));
    outcome.text.append(chunk.data(), step.produced);
    outcome.consumed += step.consumed;
    outcome.done = step.done;
    if (step.done) break;
  }
  outcome.faults = to_text(decoder.faults());
  BOOST_TEST(decoder.faults().any() == !outcome.faults.empty());
  return outcome;
}

struct Case {
  std::string_view name, input;
  std::string_view text;      ///< not compared when there are faults
  std::size_t left_over = 0;  ///< octets behind the end of the data
  bool done = true;
  std::string_view faults = "";
};

void check(const Case& c, LineEnds line_ends, const std::vector<std::string_view>& pieces) {
  const Outcome outcome = decode(line_ends, pieces);
  BOOST_TEST(outcome.done == c.done);
  BOOST_TEST(outcome.consumed == c.input.size() - c.left_over);
  BOOST_TEST(outcome.faults == c.faults);
  if (c.faults.empty()) BOOST_TEST(outcome.text == c.text);
}

/// In one piece, in every two, every three, and octet by octet.
void check_all_splits(const Case& c, LineEnds line_ends) {
  const std::string_view input = c.input;
  BOOST_TEST_CONTEXT(c.name) { check(c, line_ends, {input}); }
  for (std::size_t i = 0; i <= input.size(); ++i) {
    for (std::size_t j = i; j <= input.size(); ++j) {
      BOOST_TEST_CONTEXT(c.name << ", split at " << i << " and " << j) {
        check(c, line_ends, {input.substr(0, i), input.substr(i, j - i), input.substr(j)});
      }
    }
  }
  std::vector<std::string_view> octets;
  for (std::size_t i = 0; i < input.size(); ++i) octets.push_back(input.substr(i, 1));
  BOOST_TEST_CONTEXT(c.name << ", octet by octet") { check(c, line_ends, octets); }
}

/// What means the same whatever ends a line.
const Case common_cases[] = {
    {"empty message", ".\r\n", ""},
    {"one line", "a\r\n.\r\n", "a\n"},
    {"lines", "a\r\nbc\r\n\r\nd\r\n.\r\n", "a\nbc\n\nd\n"},
    {"commands behind", "a\r\n.\r\nQUIT\r\n", "a\n", 6},
    {"a second message behind", ".\r\na\n\0\r\n.\r\n"sv, "", 8},
    {"stuffed dot", "..\r\n.\r\n", ".\n"},
    {"stuffed dots", "...a\r\n..b\r\n.\r\n", "..a\n.b\n"},
    {"a dot that nobody stuffed", ".foo\r\n.\r\n", "foo\n"},
    {"dots inside a line", "a.b.\r\n.\r\n", "a.b.\n"},
    {"first line with a dot", "..a\r\n.\r\n", ".a\n"},
    {"dot and blank", ". \r\n.\r\n", " \n"},
    {"8-bit", "\xe4\xff\r\n.\r\n", "\xe4\xff\n"},
    {"controls", "\x01\t\x7f\r\n.\r\n", "\x01\t\x7f\n"},
    {"no end yet", "a\r\nb", "a\nb", 0, false},
    {"no end yet, CR", "a\r", "a", 0, false},
    {"no end yet, dot", "a\r\n.", "a\n", 0, false},
    {"no end yet, dot CR", "a\r\n.\r", "a\n", 0, false},
    {"longest line", "12345678\r\n12345678\r\n.\r\n", "12345678\n12345678\n"},
    {"longest line with its stuffed dot", "..2345678\r\n.\r\n", ".2345678\n"},
    {"longest line without an end yet", "12345678", "12345678", 0, false},
    {"long line", "123456789\r\n.\r\n", "", 0, true, "long_line"},
    {"long line without an end yet", "123456789", "", 0, false, "long_line"},
    {"long stuffed line", "..23456789\r\n.\r\n", "", 0, true, "long_line"},
    {"long second line", "a\r\n123456789\r\n.\r\n", "", 0, true, "long_line"},
    {"NUL", "a\0b\r\n.\r\n"sv, "", 0, true, "nul"},
    {"NUL first", "\0\r\n.\r\n"sv, "", 0, true, "nul"},
    {"NUL after the end", ".\r\n\0"sv, "", 1},
    {"bare CR", "a\rb\r\n.\r\n", "", 0, true, "bare_cr"},
    {"CR CR LF", "a\r\r\n.\r\n", "", 0, true, "bare_cr"},
    {"CR . CR", "a\r.\r\n.\r\n", "", 0, true, "bare_cr"},
    {"CR . CR, then no end", "a\r\n.\rb\r\n", "", 0, false, "bare_cr"},
    {". CR CR LF is no end", "a\r\n.\r\r\n.\r\n", "", 0, true, "bare_cr"},
    {". CR . CR LF is no end", "a\r\n.\r.\r\n.\r\n", "", 0, true, "bare_cr"},
    {". CR NUL LF is no end", "a\r\n.\r\0\r\n.\r\n"sv, "", 0, true, "bare_cr nul"},
    {"NUL . CR LF is no end", "a\r\n\0.\r\n.\r\n"sv, "", 0, true, "nul"},
    {"many CR", "\r\r\r\r\r\n.\r\n", "", 0, true, "bare_cr"},
    {"several faults", "\r \0 123456789\r\n.\r\n"sv, "", 0, true, "bare_cr nul long_line"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(dot_decoder)

BOOST_AUTO_TEST_CASE(any_line_end_setting) {
  for (const LineEnds line_ends : {LineEnds::strict, LineEnds::normalize, LineEnds::any}) {
    for (const Case& c : common_cases) check_all_splits(c, line_ends);
  }
}

BOOST_AUTO_TEST_CASE(strict) {
  const Case cases[] = {
      {"bare LF", "a\nb\r\n.\r\n", "", 0, true, "bare_lf"},
      {"bare LF first", "\n\r\n.\r\n", "", 0, true, "bare_lf"},
      {"LF . LF", "a\n.\nb\r\n.\r\n", "", 0, true, "bare_lf"},
      {"LF . CRLF", "a\n.\r\nb\r\n.\r\n", "", 0, true, "bare_lf"},
      {"CRLF . LF", "a\r\n.\nb\r\n.\r\n", "", 0, true, "bare_lf"},
      {"CR . LF", "a\r.\nb\r\n.\r\n", "", 0, true, "bare_lf bare_cr"},
      {". LF at the start", ".\nb\r\n.\r\n", "", 0, true, "bare_lf"},
      {"LF CR . CRLF", "a\n\r.\r\n.\r\n", "", 0, true, "bare_lf bare_cr"},
      {"CRLF . LF, then nothing", "a\r\n.\n", "", 0, false, "bare_lf"},
      {"LF . CRLF, then nothing", "a\n.\r\n", "", 0, false, "bare_lf"},
  };
  for (const Case& c : cases) check_all_splits(c, LineEnds::strict);
}

BOOST_AUTO_TEST_CASE(normalize) {
  const Case cases[] = {
      {"bare LF", "a\nb\r\n.\r\n", "a\nb\n"},
      {"LF LF", "\n\n\r\n.\r\n", "\n\n\n"},
      {"LF . LF", "a\n.\nb\r\n.\r\n", "a\n.\nb\n"},
      {"LF . CRLF", "a\n.\r\nb\r\n.\r\n", "a\n.\nb\n"},
      {"LF .. is not stuffed", "a\n..b\r\n.\r\n", "a\n..b\n"},
      {"CRLF . LF", "a\r\n.\nb\r\n.\r\n", "a\n\nb\n"},
      {". LF at the start", ".\nb\r\n.\r\n", "\nb\n"},
      {"stuffed dot, LF", "..\nb\r\n.\r\n", ".\nb\n"},
      {"each line counts", "1234567\n12345678\n.\r\n.\r\n", "1234567\n12345678\n.\n"},
      {"CR . LF", "a\r.\nb\r\n.\r\n", "", 0, true, "bare_cr"},
      {"LF CR . CRLF", "a\n\r.\r\n.\r\n", "", 0, true, "bare_cr"},
      {"CRLF . LF, then nothing", "a\r\n.\n", "a\n\n", 0, false},
      {"LF . CRLF, then nothing", "a\n.\r\n", "a\n.\n", 0, false},
  };
  for (const Case& c : cases) check_all_splits(c, LineEnds::normalize);
}

BOOST_AUTO_TEST_CASE(any) {
  const Case cases[] = {
      {"bare LF", "a\nb\n.\n", "a\nb\n"},
      {"empty message", ".\n", ""},
      {"LF . CRLF", "a\n.\r\nQUIT\n", "a\n", 5},
      {"CRLF . LF", "a\r\n.\nQUIT\n", "a\n", 5},
      {"stuffed dots", "..\n..a\n.b\n.\n", ".\n.a\nb\n"},
      {"CR . LF is no end", "a\r.\nb\n.\n", "", 0, true, "bare_cr"},
  };
  for (const Case& c : cases) check_all_splits(c, LineEnds::any);
}

BOOST_AUTO_TEST_CASE(after_the_end) {
  DotDecoder decoder(LineEnds::strict, max_line);
  std::string first = ".\r\n", second = "a\nb";
  BOOST_TEST(decoder.decode(first).done);
  const auto step = decoder.decode(second);
  BOOST_TEST(step.done);
  BOOST_TEST(step.consumed == 0U);
  BOOST_TEST(step.produced == 0U);
  BOOST_TEST(second == "a\nb");
  BOOST_TEST(!decoder.faults().any());
}

BOOST_AUTO_TEST_CASE(empty_chunk) {
  DotDecoder decoder(LineEnds::strict, max_line);
  const auto step = decoder.decode({});
  BOOST_TEST(!step.done);
  BOOST_TEST(step.consumed == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
