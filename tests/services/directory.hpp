#pragma once
/// A configuration directory for tests.
#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "lib/services/config.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/scripted_stream.hpp"

namespace smtpd::test {

struct ListSink final : LogSink {
  void write(std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

/// A configuration directory, one of qmail's, and what is logged.
class Directory {
 public:
  std::string path() const { return folder_.path() + "/config"; }
  std::string qmail() const { return folder_.path() + "/control"; }
  std::string parent() const { return folder_.path(); }
  void put(const std::string& name, std::string_view text) const {
    const auto written = transcript::write_file(folder_.path() + '/' + name, text);
    BOOST_REQUIRE(written.has_value());
  }
  Config open(bool with_qmail = false) { return Config(path(), with_qmail ? qmail() : "", log_); }
  /// The problems that were logged, without their ids and with the folder's path as `$`.
  std::vector<std::string> problems() const {
    std::vector<std::string> texts;
    for (const std::string& line : sink_.lines)
      texts.push_back(without_path(line.substr(line.find(' ', line.find(' ') + 1) + 1)));
    return texts;
  }
  std::string without_path(std::string text) const {
    for (auto at = text.find(parent()); at != text.npos; at = text.find(parent()))
      text.replace(at, parent().size(), "$");
    return text;
  }

 private:
  transcript::Folder folder_;
  transcript::ManualClock clock_;
  ListSink sink_;
  Log log_{sink_, clock_};
};

/// `one|two`, or the error.
inline std::string lines_of(const Config::Lines& lines) {
  if (!lines) return "error: " + lines.error().what;
  std::string text;
  for (const auto& line : **lines) text += (text.empty() ? "" : "|") + line.text;
  return text;
}

}  // namespace smtpd::test
