#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <string>
#include <vector>

#include "lib/plugin/host.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"

using namespace smtpd;
using smtpd::transcript::Folder;

namespace {

class Lines final : public LogSink {
 public:
  void write(std::string_view line) override { all += std::string(line) + '\n'; }
  std::string all;
};

/// A configuration with test plugins.
class Configured {
 public:
  explicit Configured(const std::string& plugins) {
    put("plugins", plugins);
    const char* const build = std::getenv("SMTPD_BUILD");
    put("plugin_dirs", std::string(build ? build : "build") + "/test-modules\n");
  }
  std::string path(const std::string& name) const { return folder_.path() + '/' + name; }

  /// Loads the plugins and lets them check. Returns the number of problems.
  std::size_t check() {
    Log log(lines_, clock_);
    Config config(folder_.path(), {}, log);
    Connection conn;
    const Environment environment;
    Host host({config, log, clock_, environment, conn, {}});
    BOOST_REQUIRE(host.load_plugins().has_value());
    return host.check();
  }
  const std::string& log() const { return lines_.all; }

 private:
  void put(const std::string& name, const std::string& text) const {
    BOOST_REQUIRE(transcript::write_file(path(name), text).has_value());
  }
  Folder folder_;
  SystemClock clock_;
  Lines lines_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(check)

BOOST_AUTO_TEST_CASE(nothing_wrong) {
  Configured all_well("matrix check none\n");
  BOOST_TEST(all_well.check() == 0U);
  BOOST_TEST(all_well.log().empty());
}

BOOST_AUTO_TEST_CASE(every_plugin_is_asked) {
  Configured wrong(
      "matrix check problem list:3:_no_word\nmatrix:2 check throw_config cannot_read\n"
      "matrix:3 check throw_runtime broken\nmatrix:4 check problem again\n");
  BOOST_TEST(wrong.check() == 4U);
  const std::string where = wrong.path("plugins") + ':';
  for (const std::string& text :
       {where + "1: plugin matrix: list:3: no word\n", where + "2: plugin matrix:2: cannot read\n",
        std::string("FATAL PLUGIN ERROR [matrix_3a3]: broken\n"),
        where + "4: plugin matrix:4: again\n"}) {
    BOOST_TEST((wrong.log().find(text) != std::string::npos), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
