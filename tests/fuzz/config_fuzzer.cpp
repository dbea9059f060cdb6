/// Configuration files give the lines that are in them, each with its file and number, whatever
/// they include.
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <map>

#include "lib/base/text.hpp"
#include "lib/services/config.hpp"
#include "tests/fuzz/support.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"

namespace smtpd::fuzz {
namespace {

constexpr std::size_t longest = 4096;
/// What an input has: files and a directory with files.
constexpr std::array<std::string_view, 5> names{"a", "b", "c", "d/x", "d/y"};

class Quiet final : public LogSink {
 public:
  void write(std::string_view line) override {
    require(std::ranges::none_of(line, is_control), "a line of the log");
    ++lines;
  }
  std::size_t lines = 0;
};

const std::string& folder() {
  static const transcript::Folder made = [] {
    transcript::Folder fresh;
    ::mkdir((fresh.path() + "/d").c_str(), 0700);
    return fresh;
  }();
  return made.path();
}

/// The files of the input as they are read by hand.
class Model {
 public:
  explicit Model(Input input) {
    for (const std::string_view name : names)
      files_[folder() + '/' + std::string(name)] = input.part();
  }
  const std::map<std::string, std::string>& files() const { return files_; }
  /// False if that was too much, or something is not there.
  bool read(const std::string& path) {
    const auto file = files_.find(path);
    if (file == files_.end()) return false;
    if (++read_ > most_files) return false;
    open_.push_back(path);
    unsigned number = 0;
    for (std::string_view line : split(file->second, '\n')) {
      ++number;
      line = trim(line);
      if (line.empty() || line.starts_with('#')) continue;
      const auto parts = words(line);
      if (parts.front() != "$include") {
        lines.push_back({std::string(line), file->first, number});
      } else if (!include(trim(line.substr(8)))) {
        return false;
      }
    }
    open_.pop_back();
    return true;
  }

  std::vector<ConfigLine> lines = {};
  static constexpr std::size_t most_files = 1000;

 private:
  bool include(std::string_view name) {
    if (name == "d") return include_file("d/x") && include_file("d/y");
    return include_file(name);
  }
  bool include_file(std::string_view name) {
    const std::string path = folder() + '/' + std::string(name);
    return std::ranges::find(open_, path) != open_.end() || read(path);
  }

  std::map<std::string, std::string> files_;
  std::vector<std::string> open_;
  std::size_t read_ = 0;
};

/// Other spellings of a path lead out of the folder, or to what the model does not know.
bool is_modest(std::string_view text) {
  for (const std::string_view line : split(text, '\n')) {
    const std::string_view rest = trim(line);
    if (!rest.starts_with("$include")) continue;
    const std::string_view name = trim(rest.substr(8));
    const bool known = std::ranges::find(names, name) != names.end() || name == "d";
    if (!known && name.find_first_of("./") != name.npos) return false;
  }
  return true;
}

void check_numbers(Config& config, const std::vector<ConfigLine>& lines) {
  const auto value = config.value("a");
  require(value && value->has_value() == !lines.empty(), "a value is the first line");
  const auto number = config.number("a");
  const auto expected = lines.empty() ? std::nullopt : to_number(lines.front().text);
  require(number ? *number == expected : !lines.empty() && !expected, "a number");
  require(number || number.error().what.starts_with(lines.front().where()), "where it is wrong");
  const auto flag = config.flag("a");
  const auto is_one_of = [&](std::initializer_list<std::string_view> words) {
    return !lines.empty() && std::ranges::any_of(words, [&](std::string_view word) {
      return equal_ignoring_case(word, lines.front().text);
    });
  };
  const bool yes = is_one_of({"1", "yes", "true", "on"});
  const bool no = lines.empty() || is_one_of({"0", "no", "false", "off"});
  require(flag ? *flag == yes && (yes || no) : !yes && !no, "a flag");
  require(flag || flag.error().what.starts_with(lines.front().where()), "where it is wrong");
}

}  // namespace
}  // namespace smtpd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace smtpd;
  using namespace smtpd::fuzz;
  const Input input(data, size);
  if (size > longest || !is_modest(input.rest())) return -1;
  Model model(input);
  for (const auto& [path, text] : model.files())
    require(transcript::write_file(path, text).has_value(), "the fuzzer cannot write");
  Quiet sink;
  const SystemClock clock;
  Log log(sink, clock);
  Config config(folder(), {}, log);
  const bool fits = model.read(folder() + "/a");
  const auto lines = config.lines("a");
  require(lines.has_value() == fits, "that all can be read");
  if (!lines) {
    require(sink.lines > 0, "the log says why");
    return 0;
  }
  const auto same = [](const ConfigLine& a, const ConfigLine& b) {
    return a.text == b.text && a.file == b.file && a.line == b.line;
  };
  require(std::ranges::equal(**lines, model.lines, same), "the lines");
  check_numbers(config, model.lines);
  return 0;
}
