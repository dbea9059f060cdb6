#include "lib/smtp/path_command.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

using namespace std::literals;
using smtpd::Errc;
using smtpd::parse_path_command;

namespace {

/// `size=1 body=8BITMIME foo`, in order.
std::string text_of(const smtpd::Parameters& parameters) {
  std::string text;
  for (const auto& parameter : parameters) {
    if (!text.empty()) text += ' ';
    text += parameter.keyword;
    if (parameter.value) text += '=' + *parameter.value;
  }
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(path_command)

BOOST_AUTO_TEST_CASE(accepted) {
  const struct {
    std::string_view keyword, argument, path, parameters;
  } cases[] = {
      {"FROM", "FROM:<a@b.c>", "<a@b.c>", ""},
      {"FROM", "from:<A@b.C>", "<A@b.C>", ""},
      {"TO", "tO:<a@b.c>", "<a@b.c>", ""},
      {"FROM", "FROM:<>", "<>", ""},
      {"FROM", "FROM:<a@b.c> SIZE=1 BODY=8BITMIME", "<a@b.c>", "size=1 body=8BITMIME"},
      {"FROM", "FROM: <a@b.c> foo bar", "<a@b.c>", "foo bar"},
      {"FROM", "FROM: \t <a@b.c>", "<a@b.c>", ""},
      {"FROM", "FROM:<a@b.c>  SIZE=1   foo  \t ", "<a@b.c>", "size=1 foo"},
      {"FROM", "FROM:<a b@c.d> SIZE=1", "<a b@c.d>", "size=1"},
      {"FROM", "FROM:<a@b.c> X-1=<z>;:/[]\"'~! 8x", "<a@b.c>", "x-1=<z>;:/[]\"'~! 8x"},
      {"FROM", "FROM:<a@b.c> AUTH=<>", "<a@b.c>", "auth=<>"},
      {"TO", "TO:<a@b.c> ORCPT=rfc822;a+2Bb@b.c NOTIFY=NEVER", "<a@b.c>",
       "orcpt=rfc822;a+2Bb@b.c notify=NEVER"},
      // quoted strings hide a '>'
      {"FROM", R"(FROM:<"a>b"@c.d> SIZE=1)", R"(<"a>b"@c.d>)", "size=1"},
      {"FROM", R"(FROM:<"a> SIZE=2 \"> b"@c.d> SIZE=1)", R"(<"a> SIZE=2 \"> b"@c.d>)", "size=1"},
      {"FROM", R"(FROM:<"a\\"@c.d> SIZE=1)", R"(<"a\\"@c.d>)", "size=1"},
      {"FROM", R"(FROM:<@h1,@h2:"a>b"@c.d>)", R"(<@h1,@h2:"a>b"@c.d>)", ""},
      {"FROM", R"(FROM:<foo"bar@c.d> SIZE=1)", R"(<foo"bar@c.d>)",
       "size=1"},  // opens no quoted string
      {"FROM", R"(FROM:<@a> X=:"b)", R"(<@a>)", R"(x=:"b)"},
      // what only Address, or a plugin, can judge
      {"TO", "TO:postmaster", "postmaster", ""},
      {"TO", "TO:user NOTIFY=NEVER", "user", "notify=NEVER"},
      {"FROM", "FROM:user=name@example.net", "user=name@example.net", ""},
      {"FROM", "FROM:ask@[1.2.3.4] SIZE=1230", "ask@[1.2.3.4]", "size=1230"},
      {"FROM", "FROM: SIZE=1", "SIZE=1", ""},
      {"FROM", "FROM:<a@b.c> X=\xe4", "<a@b.c>", "x=\xe4"},  // the core wants ASCII or UTF-8
      {"FROM", "FROM:<a\x01\xe4@b.c>", "<a\x01\xe4@b.c>", ""},
      {"FROM", "FROM:<<a@b.c>", "<<a@b.c>", ""},
      {"FROM", "FROM:<x[undefined]y>", "<x[undefined]y>", ""},
      {"FROM", "FROM:<#@[]>", "<#@[]>", ""},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.argument) {
      const auto command = parse_path_command(c.argument, c.keyword);
      BOOST_TEST_REQUIRE(command.has_value());
      BOOST_TEST(command->path == c.path);
      BOOST_TEST(text_of(command->parameters) == c.parameters);
    }
  }
}

BOOST_AUTO_TEST_CASE(refused) {
  const std::string_view command = "Syntax error in command";
  const std::string_view address = "Syntax error in address";
  const std::string_view parameters = "Syntax error in parameters";
  const std::string_view bracket = "Syntax error in parameters or path: no closing angle bracket";
  const struct {
    std::string_view keyword, argument, what;
  } cases[] = {
      {"FROM", "", command},
      {"FROM", "FROM", command},
      {"FROM", "FROM :<a@b.c>", command},
      {"FROM", "FROM<a@b.c>", command},
      {"FROM", " FROM:<a@b.c>", command},
      {"FROM", "FRO:<a@b.c>", command},
      {"FROM", "TO:<a@b.c>", command},
      {"TO", "FROM:<a@b.c>", command},
      {"FROM", "<a@b.c>", command},
      {"FROM", "FROM:", address},
      {"FROM", "FROM: \t", address},
      {"TO", "TO:", address},
      {"FROM", "FROM:<a@b.c", bracket},
      {"FROM", "FROM:<", bracket},
      {"FROM", "FROM:<@", bracket},
      {"FROM", "FROM:<@a:", bracket},
      {"FROM", R"(FROM:<"a@b.c>)", bracket},
      {"FROM", R"(FROM:<"a>\"@b.c>)", bracket},
      {"FROM", "FROM:<\"a\\", bracket},
      {"FROM", "FROM:<a@b.c>SIZE=1", parameters},
      {"FROM", "FROM:<a@b.c>>", parameters},
      {"FROM", "FROM:<a@b.c>\tSIZE=1", parameters},
      {"FROM", "FROM:<a@b.c> SIZE=1\tBODY=7BIT", parameters},
      {"FROM", "FROM:<a@b.c> SIZE=", parameters},
      {"FROM", "FROM:<a@b.c> =1", parameters},
      {"FROM", "FROM:<a@b.c> X=a=b", parameters},
      {"FROM", "FROM:<a@b.c> -x", parameters},
      {"FROM", "FROM:<a@b.c> x_y", parameters},
      {"FROM", "FROM:<a@b.c> x.y=1", parameters},
      {"FROM", "FROM:<a@b.c> X=\x7f", parameters},
      {"FROM", "FROM:<a@b.c> X=a\x01", parameters},
      {"FROM", "FROM:<a@b.c> X=a\0b"sv, parameters},
      {"FROM", "FROM:<a@b.c> \xe4", parameters},
      {"FROM", "FROM:<a@b.c> SIZE=1 <d@e.f>", parameters},
      {"FROM", "FROM:a b@c.d", parameters},
      {"FROM", "FROM:<a@b.c> SIZE=1 Size=2", "duplicate parameter Size"},
      {"FROM", "FROM:<a@b.c> foo BODY=7BIT foo", "duplicate parameter foo"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.argument) {
      const auto parsed = parse_path_command(c.argument, c.keyword);
      BOOST_TEST_REQUIRE(!parsed.has_value());
      BOOST_TEST((parsed.error().code == Errc::syntax));
      BOOST_TEST(parsed.error().what == c.what);
    }
  }
}

BOOST_AUTO_TEST_CASE(parameters_list) {
  smtpd::Parameters parameters;
  BOOST_TEST(parameters.empty());
  BOOST_TEST(parameters.find("size") == nullptr);
  parameters.add({"size", "10"});
  parameters.add({"smtputf8", {}});
  BOOST_TEST(parameters.size() == 2U);
  BOOST_TEST_REQUIRE(parameters.find("size") != nullptr);
  BOOST_TEST(parameters.find("size")->value.value() == "10");
  BOOST_TEST(!parameters.find("smtputf8")->value.has_value());
  BOOST_TEST(parameters.find("body") == nullptr);
  BOOST_TEST(parameters.begin()->keyword == "size");
}

BOOST_AUTO_TEST_SUITE_END()
