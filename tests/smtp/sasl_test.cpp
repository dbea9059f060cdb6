#include "lib/smtp/sasl.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

using namespace std::literals;
namespace sasl = smtpd::sasl;

BOOST_AUTO_TEST_SUITE(sasl_messages)

BOOST_AUTO_TEST_CASE(command) {
  BOOST_TEST(!sasl::parse_command("").has_value());
  BOOST_TEST(!sasl::parse_command("  ").has_value());
  BOOST_TEST(!sasl::parse_command("PLAIN a b").has_value());
  const auto alone = sasl::parse_command("plain");
  BOOST_REQUIRE(alone.has_value());
  BOOST_TEST(alone->mechanism == "plain");
  BOOST_TEST(!alone->initial.has_value());
  const auto with = sasl::parse_command("PLAIN  =");
  BOOST_REQUIRE(with.has_value());
  BOOST_TEST(with->initial.value_or("none") == "=");
}

BOOST_AUTO_TEST_CASE(initial_response) {
  BOOST_TEST(sasl::decode_initial("=").value_or("none") == "");
  BOOST_TEST(sasl::decode_initial("Zg==").value_or("none") == "f");
  BOOST_TEST(!sasl::decode_initial("==").has_value());
  BOOST_TEST(!sasl::decode_initial("*").has_value());
}

BOOST_AUTO_TEST_CASE(names) {
  for (const std::string_view name : {"a", "anna@example.com", "a b", "\xc3\xa4"})
    BOOST_TEST(sasl::is_name(name), name);
  for (const std::string_view name : {""sv, "a\0b"sv, "a\nb"sv, "\x7f"sv, "\xc2\x85"sv})
    BOOST_TEST(!sasl::is_name(name), name);
  BOOST_TEST(sasl::is_name(std::string(255, 'a')));
  BOOST_TEST(!sasl::is_name(std::string(256, 'a')));
}

BOOST_AUTO_TEST_CASE(submitters) {
  for (const std::string_view value : {"<>", "e+3Dmc2@example.com", "a", "+2B+3D"})
    BOOST_TEST(sasl::is_submitter(value), value);
  for (const std::string_view value : {"", "a=b", "a b", "a+", "a+3", "a+3d", "a+3Gx", "\xc3\xa4"})
    BOOST_TEST(!sasl::is_submitter(value), value);
}

BOOST_AUTO_TEST_CASE(plain) {
  const auto example = sasl::parse_plain("Ursel\0Kurt\0xipj3plmq"sv);  // RFC 4616 4
  BOOST_REQUIRE(example.has_value());
  BOOST_TEST(example->authorization == "Ursel");
  BOOST_TEST(example->user == "Kurt");
  BOOST_TEST(example->password == "xipj3plmq");
  for (const std::string_view message : {""sv, "a"sv, "a\0b"sv, "a\0b\0c\0"sv, "\0\0\0"sv})
    BOOST_TEST(!sasl::parse_plain(message).has_value());
  const auto empty = sasl::parse_plain("\0\0"sv);
  BOOST_REQUIRE(empty.has_value());
  BOOST_TEST(empty->user == "");
}

BOOST_AUTO_TEST_CASE(cram_md5) {
  const auto example = sasl::parse_cram_md5("tim b913a602c7eda7a495b4e6e7334d3890");  // RFC 2195 2
  BOOST_REQUIRE(example.has_value());
  BOOST_TEST(example->user == "tim");
  BOOST_TEST(example->digest == "b913a602c7eda7a495b4e6e7334d3890");
  const auto blanks = sasl::parse_cram_md5("tim o b913a602C7EDA7A495B4E6E7334D3890");
  BOOST_REQUIRE(blanks.has_value());
  BOOST_TEST(blanks->user == "tim o");
  BOOST_TEST(blanks->digest == "b913a602c7eda7a495b4e6e7334d3890");
  for (const std::string_view message :
       {"", "tim", "b913a602c7eda7a495b4e6e7334d3890", "tim b913a602c7eda7a495b4e6e7334d389",
        "tim b913a602c7eda7a495b4e6e7334d38900", "tim g913a602c7eda7a495b4e6e7334d3890"})
    BOOST_TEST(!sasl::parse_cram_md5(message).has_value(), message);
}

BOOST_AUTO_TEST_SUITE_END()
