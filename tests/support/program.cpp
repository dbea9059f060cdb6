#include "tests/support/program.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include "lib/base/file.hpp"
#include "lib/base/text.hpp"
#include "tests/support/files.hpp"

namespace smtpd::transcript {
namespace {

using Wrong = std::expected<void, std::string>;

/// What no program of a test ends with by itself.
constexpr int nothing_fits = 99;

std::string_view first_word(std::string_view& text) {
  const auto end = std::min(text.find(' '), text.size());
  const auto word = text.substr(0, end);
  text = trim(text.substr(end));
  return word;
}

std::expected<ProgramCondition, std::string> parse_condition(std::string_view text) {
  using About = ProgramCondition::About;
  std::string_view rest = text;
  const auto word = first_word(rest);
  if (word == "argument")
    return ProgramCondition{.about = About::arguments, .text = Pattern::glob(rest)};
  if (word == "input") {
    const auto descriptor = to_number(first_word(rest));
    auto octets = Pattern::quoted(rest);
    if (!descriptor || *descriptor > 9) return std::unexpected("an input is a number up to 9");
    if (!octets) return std::unexpected(octets.error());
    return ProgramCondition{.about = About::input,
                            .descriptor = static_cast<int>(*descriptor),
                            .text = *std::move(octets)};
  }
  const auto equals = text.find('=');
  if (equals == text.npos || equals == 0)
    return std::unexpected("when: NAME=GLOB, argument GLOB or input N \"OCTETS\"");
  return ProgramCondition{.name = std::string(text.substr(0, equals)),
                          .text = Pattern::glob(text.substr(equals + 1))};
}

struct EndingForm {
  std::string_view word;
  ProgramCase::Ending end;
  bool has_number;
};
constexpr std::array endings{
    EndingForm{"exit", ProgramCase::Ending::exits, true},
    EndingForm{"signal", ProgramCase::Ending::is_killed, true},
    EndingForm{"hang", ProgramCase::Ending::hangs, false},
    EndingForm{"endless", ProgramCase::Ending::never_stops_writing, false}};

Wrong add_ending(ProgramCase& to, const EndingForm& ending, std::string_view rest) {
  const auto number = to_number(rest);
  if (ending.has_number ? !number || *number > 255 : !rest.empty())
    return std::unexpected(std::string(ending.word) +
                           (ending.has_number ? " needs a number" : " stands alone"));
  to.end = ending.end;
  to.number = static_cast<int>(number.value_or(0));
  return {};
}

Wrong add_output(ProgramCase& to, std::string_view word, std::string_view rest) {
  using What = ProgramOutput::What;
  if (word == "show") {
    if (rest != "environment" && rest != "arguments")
      return std::unexpected("show: environment or arguments");
    to.outputs.push_back({.what = rest == "environment" ? What::environment : What::arguments,
                          .descriptor = STDERR_FILENO});
    return {};
  }
  auto text = word.ends_with('=') ? Pattern::quoted(rest)
                                  : std::expected<Pattern, std::string>(Pattern::plain(rest));
  if (!text) return std::unexpected(text.error());
  if (!word.ends_with('=')) text->append("\n");
  to.outputs.push_back(
      {.descriptor = word[0] == '>' ? STDOUT_FILENO : STDERR_FILENO, .text = *std::move(text)});
  return {};
}

Wrong add_line(ProgramScript& script, std::string_view line, bool& in_conditions) {
  std::string_view rest = line;
  const auto word = first_word(rest);
  const bool begins = word == "when" || word == "otherwise";
  if (begins ? !std::exchange(in_conditions, true) : script.cases.empty())
    script.cases.emplace_back();
  ProgramCase& last = script.cases.back();
  if (word == "when") {
    auto condition = parse_condition(rest);
    if (!condition) return std::unexpected(condition.error());
    last.conditions.push_back(*std::move(condition));
    return {};
  }
  if (word == "otherwise") return {};
  in_conditions = false;
  constexpr std::array<std::string_view, 5> outputs{">", ">=", "!", "!=", "show"};
  if (std::ranges::find(outputs, word) != outputs.end()) return add_output(last, word, rest);
  const auto* const ending = std::ranges::find(endings, word, &EndingForm::word);
  if (ending == endings.end())
    return std::unexpected(
        "a program has lines when, otherwise, >, >=, !, !=, show, exit, signal, hang, endless");
  return add_ending(last, *ending, rest);
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all.append(all.empty() ? "" : " ").append(word);
  return all;
}

bool holds(const ProgramCondition& condition, const ProgramFacts& facts) {
  using About = ProgramCondition::About;
  Variables variables = facts.environment;
  if (condition.about == About::arguments)
    return condition.text.matches(joined(facts.arguments), variables);
  if (condition.about == About::input) {
    const auto input = facts.inputs.find(condition.descriptor);
    return input != facts.inputs.end() && condition.text.expand(variables) == input->second;
  }
  const auto variable = facts.environment.find(condition.name);
  return variable != facts.environment.end() && condition.text.matches(variable->second, variables);
}

std::expected<std::string, std::string> text_of(const ProgramOutput& output,
                                                const ProgramFacts& facts) {
  using What = ProgramOutput::What;
  if (output.what == What::text) return output.text.expand(facts.environment);
  std::string all;
  if (output.what == What::environment) {
    for (const auto& [name, value] : facts.environment) all += name + '=' + value + '\n';
  } else {
    for (const std::string& argument : facts.arguments) all += '[' + argument + "]\n";
  }
  return all;
}

std::string read_to_end(int fd) {
  std::string all;
  std::array<char, 4096> buffer;
  for (ssize_t got = 0; (got = ::read(fd, buffer.data(), buffer.size())) > 0;)
    all.append(buffer.data(), static_cast<std::size_t>(got));
  return all;
}

}  // namespace

std::vector<int> ProgramScript::inputs() const {
  std::vector<int> all;
  for (const ProgramCase& each : cases) {
    for (const ProgramCondition& condition : each.conditions) {
      if (condition.about == ProgramCondition::About::input) all.push_back(condition.descriptor);
    }
  }
  std::ranges::sort(all);
  const auto [first, last] = std::ranges::unique(all);
  all.erase(first, last);
  return all;
}

std::expected<ProgramScript, Problem> parse_program(const std::vector<Line>& lines) {
  ProgramScript script;
  bool in_conditions = false;
  for (const Line& line : lines) {
    if (auto added = add_line(script, trim(line.text), in_conditions); !added)
      return std::unexpected(Problem{line.number, added.error()});
  }
  return script;
}

std::expected<ProgramResult, std::string> play(const ProgramScript& script,
                                               const ProgramFacts& facts) {
  const auto fits = std::ranges::find_if(script.cases, [&](const ProgramCase& each) {
    return std::ranges::all_of(each.conditions, [&](const ProgramCondition& condition) {
      return holds(condition, facts);
    });
  });
  if (fits == script.cases.end())
    return std::unexpected("no case of the program fits what it is given");
  ProgramResult result{.end = fits->end, .number = fits->number};
  for (const ProgramOutput& output : fits->outputs) {
    const auto text = text_of(output, facts);
    if (!text) return std::unexpected(text.error());
    (output.descriptor == STDOUT_FILENO ? result.output : result.errors) += *text;
  }
  return result;
}

int be_program(const std::string& file, std::vector<std::string> arguments) {
  const auto complain = [&](const std::string& what) {
    [[maybe_unused]] const auto written =
        write_all(STDERR_FILENO, "program " + file + ": " + what + '\n');
    return nothing_fits;
  };
  const auto text = read_file(file);
  if (!text) return complain(text.error());
  std::vector<Line> lines;
  for (const std::string_view line : split(*text, '\n')) {
    const auto number = static_cast<unsigned>(lines.size() + 1);
    lines.push_back({number, std::string(number == 1 ? "" : line)});
  }
  std::erase_if(lines, [](const Line& line) { return trim(line.text).empty(); });
  const auto script = parse_program(lines);
  if (!script) return complain(script.error().what);
  ProgramFacts facts{.arguments = std::move(arguments)};
  for (char** each = environ; *each; ++each) {
    const std::string_view entry = *each;
    const auto equals = std::min(entry.find('='), entry.size());
    facts.environment.emplace(entry.substr(0, equals),
                              entry.substr(std::min(equals + 1, entry.size())));
  }
  for (const int descriptor : script->inputs()) facts.inputs[descriptor] = read_to_end(descriptor);
  const auto result = play(*script, facts);
  if (!result) return complain(result.error());
  [[maybe_unused]] const auto said = write_all(STDERR_FILENO, result->errors);
  while (write_all(STDOUT_FILENO, result->output) &&
         result->end == ProgramCase::Ending::never_stops_writing) {
  }
  while (result->end == ProgramCase::Ending::hangs) ::pause();
  if (result->end == ProgramCase::Ending::is_killed) {
    ::signal(result->number, SIG_DFL);  // a sanitizer listens to some
    ::raise(result->number);
  }
  return result->number;
}

}  // namespace smtpd::transcript
