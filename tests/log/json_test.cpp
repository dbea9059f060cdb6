#include "tools/log/json.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "lib/base/json.hpp"

using smtpd::log_tool::read_object;

namespace {

/// `name=value` with semicolons between, or `none`.
std::string members(std::string_view text) {
  const auto object = read_object(text);
  if (!object) return "none";
  std::string result;
  for (const auto& [name, value] : *object) result += name + '=' + value + ';';
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_tool_json)

BOOST_AUTO_TEST_CASE(objects) {
  const struct {
    std::string text, members;
  } cases[] = {
      {"{}", ""},
      {" { } ", ""},
      {R"({"a":"b","c":1})", "a=b;c=1;"},
      {R"( { "a" : "b" , "c" : -1.5e3 } )", "a=b;c=-1.5e3;"},
      {R"({"a":null,"b":true,"c":false})", "a=;b=true;c=false;"},
      {R"({"a":{"b":"c","d":{"e":1}},"f":2})", "a.b=c;a.d.e=1;f=2;"},
      {R"({"a":"\"\\\/\b\f\n\r\t"})", "a=\"\\/\b\f\n\r\t;"},
      {R"({"a":"\u0041\u00e9\u20ac\ud83d\udce7"})", "a=A\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xa7;"},
      {"{\"a\":\"\xc3\xa9\"}", "a=\xc3\xa9;"},
      {R"({"a":1,"a":2})", "a=2;"},
  };
  for (const auto& c : cases)
    BOOST_TEST(members(c.text) == c.members, c.text << ": " << members(c.text));
}

BOOST_AUTO_TEST_CASE(what_is_no_object) {
  for (const std::string_view text : {"",
                                      "{",
                                      "}",
                                      "[]",
                                      "1",
                                      R"({"a"})",
                                      R"({"a":})",
                                      R"({"a":1,})",
                                      R"({,"a":1})",
                                      R"({a:1})",
                                      R"({"a":b})",
                                      R"({"a":1} x)",
                                      R"({"a":"b)",
                                      R"({"a":"\)",
                                      R"({"a":"\x"})",
                                      R"({"a":"\u12"})",
                                      R"({"a":"\ud83d"})",
                                      R"({"a":"\ud83dx"})",
                                      R"({"a":"\ud83d\u0041"})",
                                      R"({"a":"\udce7"})",
                                      R"({"a":1.2.3})",
                                      R"({"a":[1]})",
                                      R"({"a":{"b":1})",
                                      R"({"a":{"a":{"a":{"a":{"a":{"a":1}}}}}})"}) {
    BOOST_TEST(members(text) == "none", text);
  }
}

BOOST_AUTO_TEST_CASE(what_the_server_writes) {
  std::string octets;
  for (int c = 0; c < 256; ++c) octets += static_cast<char>(c);
  std::string text = "{\"a\":";
  smtpd::append_json(text, octets.substr(0, 128));
  const auto object = read_object(text + '}');
  BOOST_REQUIRE(object.has_value());
  BOOST_TEST(object->at("a") == octets.substr(0, 128));
  text = "{\"a\":";
  smtpd::append_json(text, octets);
  BOOST_TEST(read_object(text + '}').has_value());
}

BOOST_AUTO_TEST_SUITE_END()
