#include "lib/smtp/text_decoder.hpp"

#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lib/smtp/chunk.hpp"
#include "tests/smtp/faults.hpp"

using namespace std::literals;
using smtpd::LineEnds;
using smtpd::TextDecoder;

namespace {

constexpr std::size_t max_line = 8;

struct Outcome {
  std::string text, faults;
};

/// Each piece has its own allocation, so that a sanitizer sees what is read beyond it.
Outcome decode(LineEnds line_ends, const std::vector<std::string_view>& pieces) {
  TextDecoder decoder(line_ends, max_line);
  Outcome outcome;
  for (const std::string_view piece : pieces) {
    std::vector<char> octets(piece.begin(), piece.end());
    const std::size_t produced = decoder.decode(octets);
    BOOST_TEST_REQUIRE(produced <= octets.size());
    outcome.text.append(octets.data(), produced);
  }
  if (decoder.finish()) outcome.text += '\n';
  outcome.faults = to_text(decoder.faults());
  return outcome;
}

struct Case {
  std::string_view name, input;
  std::string_view text;  ///< not compared when there are faults
  std::string_view faults = {};
  LineEnds line_ends = LineEnds::strict;
};

const std::vector<Case> cases = {
    {.name = "nothing", .input = "", .text = ""},
    {.name = "a line", .input = "ab\r\n", .text = "ab\n"},
    {.name = "dots are no dots", .input = ".\r\n..x\r\n", .text = ".\n..x\n"},
    {.name = "no end", .input = "a\r\nbc", .text = "a\nbc\n"},
    {.name = "empty lines", .input = "\r\n\r\n", .text = "\n\n"},
    {.name = "bare LF", .input = "a\nb\r\n", .text = "", .faults = "bare_lf"},
    {.name = "bare CR", .input = "a\rb\r\n", .text = "", .faults = "bare_cr"},
    {.name = "two CR", .input = "a\r\r\n", .text = "", .faults = "bare_cr"},
    {.name = "CR at the end", .input = "a\r", .text = "", .faults = "bare_cr"},
    {.name = "NUL", .input = "a\0b\r\n"sv, .text = "", .faults = "nul"},
    {.name = "as long as may be", .input = "12345678\r\n", .text = "12345678\n"},
    {.name = "too long", .input = "123456789\r\n", .text = "", .faults = "long_line"},
    {.name = "all at once",
     .input = "123456789\r\n\0\n\r"sv,
     .text = "",
     .faults = "bare_lf bare_cr nul long_line"},
    {.name = "LF normalized",
     .input = "a\nb\r\n",
     .text = "a\nb\n",
     .line_ends = LineEnds::normalize},
    {.name = "LF by hand", .input = "a\n.\nb\n", .text = "a\n.\nb\n", .line_ends = LineEnds::any},
    {.name = "CR by hand",
     .input = "a\rb\n",
     .text = "",
     .faults = "bare_cr",
     .line_ends = LineEnds::any},
};

}  // namespace

BOOST_AUTO_TEST_CASE(text_decoder_at_once_and_cut_anywhere) {
  for (const Case& each : cases) {
    BOOST_TEST_CONTEXT(each.name) {
      std::vector<std::vector<std::string_view>> ways{{each.input}, {}};
      for (std::size_t i = 0; i < each.input.size(); ++i) {
        ways[1].push_back(each.input.substr(i, 1));
        ways.push_back({each.input.substr(0, i), each.input.substr(i)});
      }
      for (const auto& pieces : ways) {
        const Outcome outcome = decode(each.line_ends, pieces);
        BOOST_TEST(outcome.faults == each.faults);
        if (each.faults.empty()) BOOST_TEST(outcome.text == each.text);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(chunk_arguments) {
  struct Row {
    std::string_view argument, means;
  };
  const Row rows[] = {
      {"0", "0"},
      {"86 LAST", "86 last"},
      {"86   last ", "86 last"},
      {"0007", "7"},
      {"9223372036854775807", "9223372036854775807"},
      {"5 LASTLY", "5 malformed"},
      {"5 LAST LAST", "5 malformed"},
      {"9223372036854775808", "too long"},
      {"18446744073709551615", "too long"},
      {"18446744073709551616", "too long"},
      {"99999999999999999999999999999", "too long"},
      {"", "syntax"},
      {"LAST", "syntax"},
      {"-1", "syntax"},
      {"+1", "syntax"},
      {"1x", "syntax"},
      {"1\tLAST", "syntax"},
      {"0x10", "syntax"},
      {"1.5", "syntax"},
  };
  for (const Row& row : rows) {
    const auto chunk = smtpd::parse_chunk(row.argument);
    std::string means;
    if (!chunk) {
      means = chunk.error().code == smtpd::Errc::too_long ? "too long" : "syntax";
    } else {
      means = std::to_string(chunk->size) + (chunk->last ? " last" : "") +
              (chunk->malformed ? " malformed" : "");
    }
    BOOST_TEST(means == row.means, row.argument << ": " << means);
  }
}
