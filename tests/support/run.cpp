#include "tests/support/run.hpp"

#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "tests/support/checks.hpp"
#include "tests/support/files.hpp"

namespace smtpd::transcript {
namespace {

using Kind = Section::Kind;

/// The log without the commands and replies that `dialogue` shows. A line is `PID SESSION TEXT`.
std::vector<std::string> log_beside(const Record& dialogue, const std::vector<std::string>& log) {
  const auto is_in_dialogue = [&](std::string_view line) {
    constexpr std::string_view command = "dispatching ";
    const auto text = line.substr(line.find(' ', line.find(' ') + 1) + 1);
    const std::string said = text.starts_with(command)
                                 ? "C: " + std::string(text.substr(command.size()))
                                 : "S: " + std::string(text);
    return std::ranges::any_of(dialogue, [&](const std::string& x) { return x.ends_with(said); });
  };
  std::vector<std::string> result;
  std::ranges::remove_copy_if(log, std::back_inserter(result), is_in_dialogue);
  return result;
}

/// The dialogue with the wrong line, and the end of the log.
Result report(const std::string& path, const Failure& failure, const Outcome& outcome) {
  constexpr std::size_t most_dialogue = 60, most_log = 20;
  Result result = failed(path, {failure.line, failure.what});
  const auto append = [&](const std::vector<std::string>& lines, std::size_t most) {
    const std::size_t skipped = lines.size() > most ? lines.size() - most : 0;
    if (skipped > 0) result.text += "    ... (" + std::to_string(skipped) + " lines)\n";
    for (std::size_t i = skipped; i < lines.size(); ++i) result.text += "    " + lines[i] + '\n';
  };
  append(outcome.dialogue, most_dialogue);
  for (const std::string& line : failure.details) result.text += line + '\n';
  Record shown = outcome.dialogue;
  shown.insert(shown.end(), failure.details.begin(), failure.details.end());
  const std::vector<std::string> log = log_beside(shown, outcome.log);
  if (!log.empty()) result.text += "  log:\n";
  append(log, most_log);
  return result;
}

class Runner {
 public:
  Runner(const Transcript& transcript, Driver& driver, Setting setting)
      : transcript_(transcript), driver_(driver), setting_(std::move(setting)) {}

  Result run() {
    const auto& sections = transcript_.sections;
    for (auto section = sections.begin(); section != sections.end(); ++section) {
      if (section->kind == Kind::session) {
        if (auto applied = apply_last_exit(section); !applied)
          return failed(transcript_.path, applied.error());
        outcome_ = driver_.run(*section, setting_);
        if (outcome_.failure) return report(transcript_.path, *outcome_.failure, outcome_);
      } else if (auto done = check_or_apply(*section); !done) {
        if (section->kind == Kind::log)
          outcome_.dialogue.clear();  // the log is shown whole instead
        return report(transcript_.path, {done.error().line, done.error().what}, outcome_);
      }
    }
    return {};
  }

 private:
  Checked check_or_apply(const Section& section) {
    if (section.kind == Kind::check) return run_check(section);
    if (section.kind == Kind::mail) return check_mail(section, setting_);
    if (section.kind == Kind::dns_asked)
      return check_asked(section, outcome_.asked, setting_.variables);
    if (section.kind == Kind::log) return check_log(section, outcome_.log, setting_);
    return setting_.apply(section);
  }

  Checked run_check(const Section& section) {
    const auto checkup = driver_.check(setting_);
    if (!checkup) return std::unexpected(Problem{section.line, checkup.error()});
    return check_checkup(section, *checkup, setting_);
  }

  /// An [exit] behind the last session can only mean that session.
  Checked apply_last_exit(std::vector<Section>::const_iterator session) {
    const auto end = transcript_.sections.end();
    if (std::ranges::find(session + 1, end, Kind::session, &Section::kind) != end) return {};
    const auto exit = std::ranges::find(session + 1, end, Kind::exit, &Section::kind);
    return exit == end ? Checked() : setting_.apply(*exit);
  }

  const Transcript& transcript_;
  Driver& driver_;
  Setting setting_;
  Outcome outcome_;
};

}  // namespace

Result failed(const std::string& path, const Problem& problem) {
  return {Result::Kind::failed,
          path + ':' + std::to_string(problem.line) + ": " + problem.what + '\n'};
}

Result run(const Transcript& transcript, Driver& driver, const Place& place) {
  if (is_only(transcript, "root") && ::geteuid() != 0) return {Result::Kind::skipped, "needs root"};
  if (auto reason = driver.reason_to_skip(transcript))
    return {Result::Kind::skipped, *std::move(reason)};
  auto setting = Setting::create(place.tmp, transcript);
  if (!setting) return failed(transcript.path, setting.error());
  if (!place.plugins.empty()) setting->variables["plugins"] = place.plugins;
  return Runner(transcript, driver, *std::move(setting)).run();
}

Result run(const std::string& path, Driver& driver, const Place& place) {
  const auto text = read_file(path);
  if (!text) return failed(path, {0, text.error()});
  const auto transcript = parse(path, *text);
  if (!transcript) return failed(path, transcript.error());
  return run(*transcript, driver, place);
}

}  // namespace smtpd::transcript
