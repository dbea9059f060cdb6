#include "lib/smtp/reply.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/text.hpp"

using namespace std::literals;
using smtpd::EnhancedCode;
using smtpd::Reply;
using smtpd::to_wire;

BOOST_AUTO_TEST_SUITE(reply)

BOOST_AUTO_TEST_CASE(enhanced_code_by_default) {
  const struct {
    int code;
    EnhancedCode enhanced;
  } cases[] = {
      {250, {2, 0, 0}}, {221, {2, 0, 0}}, {354, {2, 0, 0}}, {421, {4, 3, 0}}, {450, {4, 7, 1}},
      {451, {4, 7, 1}}, {452, {4, 3, 0}}, {454, {4, 0, 0}}, {500, {5, 5, 1}}, {501, {5, 5, 2}},
      {503, {5, 5, 1}}, {504, {5, 5, 2}}, {521, {5, 7, 0}}, {535, {5, 7, 8}}, {550, {5, 7, 1}},
      {552, {5, 3, 0}}, {553, {5, 0, 0}}, {554, {5, 7, 1}}, {555, {5, 5, 4}},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.code) { BOOST_TEST((smtpd::default_enhanced(c.code) == c.enhanced)); }
  }
}

BOOST_AUTO_TEST_CASE(taking_the_enhanced_code) {
  const struct {
    std::string_view text;
    std::optional<EnhancedCode> enhanced;
    std::string_view left;
  } cases[] = {
      {"Relaying denied (#5.7.1)", EnhancedCode{5, 7, 1}, "Relaying denied"},
      {"(#4.3.0)", EnhancedCode{4, 3, 0}, ""},
      {"x(#2.1.5)", EnhancedCode{2, 1, 5}, "x"},
      {"  x \t(#5.7.999)", EnhancedCode{5, 7, 999}, "  x"},
      {" (#5.7.1)", EnhancedCode{5, 7, 1}, ""},
      {"two\nlines\n(#5.7.1)", EnhancedCode{5, 7, 1}, "two\nlines"},
      {"(#4.0.0) and (#5.7.1)", EnhancedCode{5, 7, 1}, "(#4.0.0) and"},
      {"", {}, ""},
      {"no code", {}, "no code"},
      {"code inside (#5.7.1) the text", {}, "code inside (#5.7.1) the text"},
      {"other brackets (5.7.1)", {}, "other brackets (5.7.1)"},
      {"(#3.7.1)", {}, "(#3.7.1)"},
      {"(#5.7)", {}, "(#5.7)"},
      {"(#5.7.1.2)", {}, "(#5.7.1.2)"},
      {"(#5.7.1000)", {}, "(#5.7.1000)"},
      {"(#5..1)", {}, "(#5..1)"},
      {"(#5.7.x)", {}, "(#5.7.x)"},
      {"(#5.7.1 )", {}, "(#5.7.1 )"},
      {"(#)", {}, "(#)"},
      {"(#5.7.-1)", {}, "(#5.7.-1)"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.text) {
      std::string text(c.text);
      BOOST_TEST((smtpd::take_enhanced(text) == c.enhanced));
      BOOST_TEST(text == c.left);
    }
  }
}

BOOST_AUTO_TEST_CASE(on_the_wire) {
  const EnhancedCode enhanced{5, 7, 1};
  const struct {
    Reply reply;
    std::string_view wire;
  } cases[] = {
      {{250, {}, "ok"}, "250 ok\r\n"},
      {{250, {}, ""}, "250 \r\n"},
      {{550, enhanced, "no"}, "550 5.7.1 no\r\n"},
      {{550, enhanced, ""}, "550 5.7.1 \r\n"},
      {{214, {}, "a\nb\nc"}, "214-a\r\n214-b\r\n214 c\r\n"},
      {{550, enhanced, "a\nb"}, "550-5.7.1 a\r\n550 5.7.1 b\r\n"},
      {{214, {}, "a\n\nb"}, "214-a\r\n214-\r\n214 b\r\n"},
      {{214, {}, "a\n"}, "214 a\r\n"},
      {{214, {}, "a\n\n\n"}, "214 a\r\n"},
      {{214, {}, "\n"}, "214 \r\n"},
      {{214, {}, "a\r\nb\r\n"}, "214-a\r\n214 b\r\n"},
      {{550, {}, std::string("a\rb\0c\td\x7f\xe4"sv)}, "550 a?b?c?d??\r\n"},
      {{550, {}, "\xc3\xa4"}, "550 ??\r\n"},
  };
  for (const auto& c : cases) BOOST_TEST(to_wire(c.reply) == c.wire);
  BOOST_TEST(to_wire({550, enhanced, "\xc3\xa4\xff\n\xc3\xa4"}, smtpd::Charset::utf8) ==
             "550-5.7.1 \xc3\xa4?\r\n550 5.7.1 \xc3\xa4\r\n");
}

BOOST_AUTO_TEST_CASE(long_lines_are_continued) {
  for (const std::optional<EnhancedCode> enhanced :
       {std::optional<EnhancedCode>(), std::optional(EnhancedCode{5, 7, 999})}) {
    const std::string prefix = enhanced ? "5.7.999 " : "";
    const std::size_t room = 512 - 4 - prefix.size() - 2;
    BOOST_TEST(to_wire({550, enhanced, std::string(room, 'a')}) ==
               "550 " + prefix + std::string(room, 'a') + "\r\n");
    BOOST_TEST(to_wire({550, enhanced, std::string(room, 'a') + "b"}) ==
               "550-" + prefix + std::string(room, 'a') + "\r\n550 " + prefix + "b\r\n");
    const std::string wire = to_wire({550, enhanced, "x\n" + std::string(2000, 'a') + "\ny"});
    std::string text;
    for (const std::string_view line : smtpd::split(wire, '\n')) {
      BOOST_TEST(line.size() + 1 <= 512U);
      text += line.empty() ? "" : line.substr(4 + prefix.size());
    }
    BOOST_TEST(std::erase(text, '\r') == 2U + (2000 + room - 1) / room);
    BOOST_TEST(text == "x" + std::string(2000, 'a') + "y");
  }
}

// A plugin's numbers are not checked before; the longest have room.
BOOST_AUTO_TEST_CASE(any_numbers) {
  constexpr int least = std::numeric_limits<int>::min();
  BOOST_TEST(to_wire({least, smtpd::EnhancedCode{least, least, least}, "x"}) ==
             "-21 7483648--2147483648.-2147483648.-2147483648 x\r\n");
}

BOOST_AUTO_TEST_CASE(positive) {
  BOOST_TEST(Reply{250}.positive());
  BOOST_TEST(Reply{354}.positive());
  BOOST_TEST(!Reply{421}.positive());
  BOOST_TEST(!Reply{550}.positive());
}

BOOST_AUTO_TEST_SUITE_END()
