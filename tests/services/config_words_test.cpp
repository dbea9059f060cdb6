#include <boost/test/unit_test.hpp>
#include <string>

#include "lib/services/config.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/scripted_stream.hpp"

using smtpd::Config;

namespace {

struct NoSink final : smtpd::LogSink {
  void write(std::string_view) override {}
};

/// A configuration with the key `key`.
class OneKey {
 public:
  explicit OneKey(std::string_view text) {
    BOOST_REQUIRE(smtpd::transcript::write_file(folder_.path() + "/key", text).has_value());
  }
  Config open() const { return Config(folder_.path(), "", log_); }
  /// With the folder's path as `$`.
  std::string without_path(std::string text) const {
    const auto at = text.find(folder_.path());
    return at == text.npos ? text : text.replace(at, folder_.path().size(), "$");
  }

 private:
  smtpd::transcript::Folder folder_;
  smtpd::transcript::ManualClock clock_;
  NoSink sink_;
  mutable smtpd::Log log_{sink_, clock_};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(configuration_words)

BOOST_AUTO_TEST_CASE(flags) {
  const struct {
    std::string_view text, flag;
  } cases[] = {
      {"1\n", "1"},
      {"0\n", "0"},
      {"yes\n", "1"},
      {"No\n", "0"},
      {"# x\nON\n", "1"},
      {"off\n0\n", "0"},
      {"", "0"},
      {"TRUE\n", "1"},
      {"false\n", "0"},
      {"5\n", "$/key:1: key is 1 or 0 (yes or no, on or off), not '5'"},
      {"flase\n",
       "$/key:1: key is 1 or 0 (yes or no, on or off), not 'flase'; did you mean 'false'?"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.text) {
      const OneKey one(c.text);
      const auto flag = one.open().flag("key");
      BOOST_TEST((flag ? (*flag ? "1" : "0") : one.without_path(flag.error().what)) == c.flag);
    }
  }
}

BOOST_AUTO_TEST_CASE(flag_without_a_line) {
  BOOST_TEST(OneKey("").open().flag("key", true).value());
  BOOST_TEST(!OneKey("no\n").open().flag("key", true).value());
  BOOST_TEST(!OneKey("").open().flag("key").value());
}

BOOST_AUTO_TEST_CASE(words) {
  const struct {
    std::string_view text, word;
  } cases[] = {
      {"normalize\n", "1"},
      {"NORMALIZE\n", "1"},
      {"\n", "0"},
      {"normalise\n",
       "$/key:1: key is 'normalize' or not set, not 'normalise'; did you mean 'normalize'?"},
      {"x y\x01\n", "$/key:1: key is 'normalize' or not set, not 'x y?'"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.text) {
      const OneKey one(c.text);
      const auto is_set = one.open().is_set_to("key", "normalize");
      BOOST_TEST((is_set ? (*is_set ? "1" : "0") : one.without_path(is_set.error().what)) ==
                 c.word);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
