#include "lib/session/limits.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/scripted_stream.hpp"

using namespace std::chrono_literals;
using smtpd::Limits;

namespace {

struct NoSink final : smtpd::LogSink {
  void write(std::string_view) override {}
};

/// The limits of a configuration with these files, NAME then TEXT.
std::expected<Limits, smtpd::Error> limits_of(
    std::initializer_list<std::pair<std::string, std::string>> files) {
  const smtpd::transcript::Folder folder;
  for (const auto& [name, text] : files)
    BOOST_REQUIRE(
        smtpd::transcript::write_file(folder.path() + '/' + name, text + '\n').has_value());
  const smtpd::transcript::ManualClock clock;
  NoSink sink;
  smtpd::Log log(sink, clock);
  smtpd::Config config(folder.path(), "", log);
  return smtpd::read_limits(config);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(limits)

BOOST_AUTO_TEST_CASE(without_configuration) {
  const auto limits = limits_of({});
  BOOST_REQUIRE(limits.has_value());
  BOOST_TEST(limits->command_line == 512U);
  BOOST_TEST(limits->text_line >= 1000U);  // RFC 5321 4.5.3.1.6
  BOOST_TEST(limits->recipients >= 100U);  // RFC 5321 4.5.3.1.8
  BOOST_TEST((limits->timeout >= 5min));   // RFC 5321 4.5.3.2.7
  BOOST_TEST(limits->hops >= 100U);        // RFC 5321 6.3
  BOOST_TEST(limits->message == 0U);
}

BOOST_AUTO_TEST_CASE(every_key) {
  const auto limits = limits_of({{"max_command_line", "1000"},
                                 {"max_text_line", "2000"},
                                 {"max_header", "3000"},
                                 {"max_recipients", "4"},
                                 {"max_hops", "5"},
                                 {"max_junk", "6"},
                                 {"max_errors", "7"},
                                 {"max_commands", "8"},
                                 {"size_threshold", "0"},
                                 {"databytes", "9"},
                                 {"session_timeout", "10"},
                                 {"timeoutsmtpd", "11"}});
  BOOST_REQUIRE(limits.has_value());
  BOOST_TEST(limits->command_line == 1000U);
  BOOST_TEST(limits->text_line == 2000U);
  BOOST_TEST(limits->header == 3000U);
  BOOST_TEST(limits->recipients == 4U);
  BOOST_TEST(limits->hops == 5U);
  BOOST_TEST(limits->junk == 6U);
  BOOST_TEST(limits->errors == 7U);
  BOOST_TEST(limits->commands == 8U);
  BOOST_TEST(limits->memory == 0U);
  BOOST_TEST(limits->message == 9U);
  BOOST_TEST((limits->session_timeout == 10s));
  BOOST_TEST((limits->timeout == 11s));
}

BOOST_AUTO_TEST_CASE(two_names_for_the_time_out) {
  BOOST_TEST((limits_of({{"timeout", "60"}})->timeout == 60s));
  BOOST_TEST((limits_of({{"timeoutsmtpd", "50"}, {"timeout", "60"}})->timeout == 50s));
  BOOST_TEST((limits_of({{"timeoutsmtpd", "0"}, {"timeout", "60"}})->timeout == 60s));
  BOOST_TEST((limits_of({{"timeoutsmtpd", "0"}, {"timeout", "0"}})->timeout == Limits().timeout));
}

BOOST_AUTO_TEST_CASE(the_ends_of_the_ranges) {
  const struct {
    const char *key, *least, *below, *most, *above;
  } ranges[] = {
      {"max_command_line", "512", "511", "32768", "32769"},
      {"max_text_line", "1000", "999", "1073741824", "1073741825"},
      {"max_header", "1000", "999", "1073741824", "1073741825"},
      {"max_recipients", "1", "0", "1000000", "1000001"},
      {"max_hops", "1", "0", "1000", "1001"},
      {"max_junk", "1", "0", "1000000000", "1000000001"},
      {"max_errors", "1", "0", "1000000000", "1000000001"},
      {"max_commands", "1", "0", "1000000000", "1000000001"},
      {"size_threshold", "0", "-1", "17179869184", "17179869185"},
      {"session_timeout", "1", "0", "604800", "604801"},
      {"timeoutsmtpd", "1", "-1", "604800", "604801"},
      {"timeout", "1", "x", "604800", "604801"},
      {"databytes", "0", "-1", "18446744073709551615", "18446744073709551616"},
  };
  for (const auto& range : ranges) {
    BOOST_TEST_CONTEXT(range.key) {
      BOOST_TEST(limits_of({{range.key, range.least}}).has_value());
      BOOST_TEST(limits_of({{range.key, range.most}}).has_value());
      for (const char* text : {range.below, range.above}) {
        const auto limits = limits_of({{range.key, text}});
        BOOST_REQUIRE(!limits.has_value());
        BOOST_TEST((limits.error().code == smtpd::Errc::config));
        BOOST_TEST(limits.error().what.find(std::string("/") + range.key + ":1: " + range.key +
                                            " is ") != std::string::npos,
                   limits.error().what);
        BOOST_TEST(limits.error().what.find(text) != std::string::npos);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
