#include "tests/support/checks.hpp"

#include <algorithm>
#include <filesystem>

#include "lib/base/text.hpp"
#include "tests/support/files.hpp"

namespace smtpd::transcript {
namespace {

using Text = std::vector<std::string>;

struct ExpectedLine {
  unsigned number = 0;
  bool any_lines = false;  // `...`
  Pattern text;
};
using ExpectedMessage = std::vector<ExpectedLine>;

std::vector<ExpectedMessage> expected_messages(const Section& section) {
  if (section.lines.empty()) return {};
  std::vector<ExpectedMessage> messages(1);
  for (const Line& line : section.lines) {
    if (line.text == "====") {
      messages.emplace_back();
      continue;
    }
    const bool escape = line.text == "\\====" || line.text == "\\...";
    messages.back().push_back(
        {line.number, line.text == "...", Pattern::glob(line.text.substr(escape ? 1 : 0))});
  }
  return messages;
}

std::expected<std::vector<Text>, std::string> messages_in(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  const std::string root = fs::is_directory(folder + "/new", error) ? folder + "/new" : folder;
  std::vector<std::string> paths;
  for (fs::recursive_directory_iterator entry(root, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_regular_file(error)) paths.push_back(entry->path());
  }
  if (error && fs::exists(root)) return std::unexpected(root + ": " + error.message());
  std::ranges::sort(paths);
  std::vector<Text> messages;
  for (const std::string& path : paths) {
    const auto text = read_file(path);
    if (!text) return std::unexpected(text.error());
    messages.push_back(lines_of(*text));
  }
  return messages;
}

/// How many of the expected lines match from the start; all of them only if the message ends there
/// too.
std::size_t matched_lines(const ExpectedMessage& expected, const Text& actual,
                          Variables variables) {
  // reachable[j]: the expected lines so far can match the first j lines of the message
  std::vector<bool> reachable(actual.size() + 1, false);
  reachable[0] = true;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    std::vector<bool> next(actual.size() + 1, false);
    for (std::size_t j = 0; j <= actual.size(); ++j) {
      if (!reachable[j]) continue;
      if (expected[i].any_lines)
        std::fill(next.begin() + static_cast<std::ptrdiff_t>(j), next.end(), true);
      else if (j < actual.size() && expected[i].text.matches(actual[j], variables))
        next[j + 1] = true;
    }
    if (std::ranges::find(next, true) == next.end()) return i;
    reachable = std::move(next);
  }
  return reachable.back() ? expected.size() : expected.size() - 1;
}

/// Gives every expected message one of its own (augmenting paths, since globs may fit several).
class Pairing {
 public:
  Pairing(const std::vector<ExpectedMessage>& expected, const std::vector<Text>& actual,
          const Variables& variables)
      : owner_(actual.size(), none) {
    for (const auto& one : expected) {
      auto& row = fits_.emplace_back();
      for (const auto& other : actual)
        row.push_back(matched_lines(one, other, variables) == one.size());
    }
  }
  /// True if the expected message `index` has one.
  bool place(std::size_t index) {
    std::vector<bool> tried(owner_.size(), false);
    return place(index, tried);
  }
  /// The first message that no expected one has taken.
  std::size_t unclaimed() const {
    return static_cast<std::size_t>(std::ranges::find(owner_, none) - owner_.begin());
  }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  bool place(std::size_t index, std::vector<bool>& tried) {
    for (std::size_t i = 0; i < owner_.size(); ++i) {
      if (!fits_[index][i] || tried[i]) continue;
      tried[i] = true;
      if (owner_[i] != none && !place(owner_[i], tried)) continue;
      owner_[i] = index;
      return true;
    }
    return false;
  }

  std::vector<std::vector<bool>> fits_;
  std::vector<std::size_t> owner_;
};

std::string quote(const Text& message) {
  constexpr std::size_t most = 40;
  std::string result;
  for (std::size_t i = 0; i < std::min(most, message.size()); ++i)
    result += "\n    | " + escaped(message[i]);
  if (message.size() > most) result += "\n    ... (" + std::to_string(message.size()) + " lines)";
  return result;
}

/// The line at which the nearest message of all differs.
Problem no_such_message(const ExpectedMessage& expected, const std::vector<Text>& actual,
                        const Setting& setting) {
  std::size_t most = 0;
  std::string what = "no message is like this; there are " + std::to_string(actual.size());
  for (const Text& message : actual) {
    most = std::max(most, matched_lines(expected, message, setting.variables));
    what += ":" + quote(message);
  }
  return {expected.empty() ? 0 : expected[std::min(most, expected.size() - 1)].number, what};
}

}  // namespace

Checked check_mail(const Section& section, const Setting& setting) {
  const auto folder = setting.path(section.argument);
  if (!folder) return std::unexpected(Problem{section.line, folder.error()});
  const auto actual = messages_in(*folder);
  if (!actual) return std::unexpected(Problem{section.line, actual.error()});
  const auto expected = expected_messages(section);
  Pairing pairing(expected, *actual, setting.variables);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (pairing.place(i)) continue;
    Problem problem = no_such_message(expected[i], *actual, setting);
    if (problem.line == 0) problem.line = section.line;
    return std::unexpected(problem);
  }
  if (actual->size() == expected.size()) return {};
  const std::string text = quote((*actual)[pairing.unclaimed()]);
  return std::unexpected(Problem{section.line, "a message that is not expected:" + text});
}

Checked check_log(const Section& section, std::span<const std::string> log, Setting& setting) {
  auto from = log.begin();
  for (const Line& line : section.lines) {
    const bool forbidden = line.text.starts_with("! ");
    const Pattern glob = Pattern::glob(line.text.substr(forbidden ? 2 : 0));
    const auto matches = [&](const std::string& entry) {
      return glob.matches(entry, setting.variables);
    };
    const auto found = std::find_if(forbidden ? log.begin() : from, log.end(), matches);
    if (forbidden && found != log.end()) {
      return std::unexpected(Problem{line.number, "the log has such a line: " + escaped(*found)});
    }
    if (forbidden) continue;
    if (found == log.end()) {
      const bool earlier = std::find_if(log.begin(), from, matches) != from;
      const char* what =
          earlier ? "the log has this line, but earlier" : "the log has no such line";
      return std::unexpected(Problem{line.number, what});
    }
    from = found + 1;
  }
  return {};
}

Checked check_checkup(const Section& section, const Checkup& checkup, Setting& setting) {
  std::string all;
  for (const std::string& line : checkup.lines) all += "\n    " + escaped(line);
  const auto failed = [&](unsigned line, const std::string& what) {
    return std::unexpected(Problem{line, what + "; --check says:" + all});
  };
  if (const auto checked = check_log(section, checkup.lines, setting); !checked)
    return failed(checked.error().line, checked.error().what);
  bool is_broken = false;
  for (const std::string& line : checkup.lines) {
    if (!line.starts_with("problem: ")) continue;
    is_broken = true;
    const bool expected = std::ranges::any_of(section.lines, [&](const Line& glob) {
      return Pattern::glob(glob.text).matches(line, setting.variables);
    });
    if (!expected) return failed(section.line, "a problem that is not expected");
  }
  if (checkup.exit_code == (is_broken ? 1 : 0)) return {};
  return failed(section.line, "the exit code is " + std::to_string(checkup.exit_code));
}

}  // namespace smtpd::transcript
