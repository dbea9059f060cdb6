#include "tests/support/transcript.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "lib/base/text.hpp"

namespace smtpd::transcript {
namespace {

using Kind = Section::Kind;
enum class Argument { none, may, must };
enum class Content { nothing, text, list, dialogue };

struct Keyword {
  std::string_view word;
  Kind kind;
  Argument argument;
  Content content;
};

constexpr std::array keywords{
    Keyword{"config", Kind::config, Argument::must, Content::text},
    Keyword{"file", Kind::file, Argument::must, Content::text},
    Keyword{"old", Kind::old, Argument::must, Content::text},
    Keyword{"map", Kind::map, Argument::must, Content::text},
    Keyword{"certificate", Kind::certificate, Argument::must, Content::list},
    Keyword{"env", Kind::env, Argument::none, Content::list},
    Keyword{"options", Kind::options, Argument::none, Content::list},
    Keyword{"dns", Kind::dns, Argument::may, Content::list},
    Keyword{"peer", Kind::peer, Argument::must, Content::list},
    Keyword{"program", Kind::program, Argument::must, Content::list},
    Keyword{"session", Kind::session, Argument::may, Content::dialogue},
    Keyword{"check", Kind::check, Argument::none, Content::list},
    Keyword{"mail", Kind::mail, Argument::must, Content::text},
    Keyword{"log", Kind::log, Argument::none, Content::list},
    Keyword{"exit", Kind::exit, Argument::must, Content::nothing},
    Keyword{"only", Kind::only, Argument::must, Content::nothing},
};

constexpr std::array<std::string_view, 5> option_names{"remote-ip", "remote-host", "local-ip",
                                                       "log-level", "stdin"};
constexpr std::array<std::string_view, 4> only_names{"in-process", "black-box", "static", "root"};

const Keyword& keyword_of(Kind kind) {
  if (kind == Kind::dns_asked) kind = Kind::dns;
  return *std::ranges::find(keywords, kind, &Keyword::kind);
}

std::unexpected<Problem> problem(unsigned line, std::string what) {
  return std::unexpected(Problem{line, std::move(what)});
}

/// A section's argument and lines as far as they can be wrong by themselves.
Checked check_section(const Section& section) {
  if (section.kind == Kind::only &&
      std::ranges::find(only_names, section.argument) == only_names.end()) {
    return problem(section.line, "[only] knows in-process, black-box, static and root");
  }
  const auto code = to_number(section.argument);
  if (section.kind == Kind::exit && (!code || *code > 255)) {
    return problem(section.line, "[exit] needs a number up to 255");
  }
  if (section.kind == Kind::map && !section.argument.ends_with(".cdb") &&
      !section.argument.ends_with(".lmdb"))
    return problem(section.line, "[map] makes KEY.cdb and KEY.lmdb");
  if (section.kind == Kind::dns && !section.argument.empty())
    return problem(section.line, "there are [dns] and [dns asked]");
  for (const Line& line : section.lines) {
    if (section.kind == Kind::env && line.text.find('=') == line.text.npos) {
      return problem(line.number, "[env] has lines NAME=value");
    }
    if (section.kind != Kind::options) continue;
    const Option option = read_option(line.text);
    if (std::ranges::find(option_names, option.name) == option_names.end()) {
      return problem(line.number, "unknown option '" + option.name + "'");
    }
    if (option.name == "stdin" && option.value != "file")
      return problem(line.number, "stdin can be 'file' only");
  }
  return {};
}

/// What one side of a session has said so far.
struct Said {
  bool no_more_input = false, gone = false, ended = false;
};

Checked check_order(const Step& step, Said& said) {
  const bool sends = step.action == Action::send || step.action == Action::send_file;
  const bool expects = step.action >= Action::expect_line && step.action <= Action::expect_silence;
  if (said.ended) return problem(step.line, "nothing can follow S!");
  if (said.no_more_input && sends)
    return problem(step.line, "the client has already closed its side");
  if (said.gone && expects) return problem(step.line, "the client is gone and can read nothing");
  said.gone = said.gone || step.action == Action::close || step.action == Action::reset;
  said.no_more_input = said.gone || said.no_more_input || step.action == Action::half_close;
  said.ended = step.action == Action::expect_end;
  return {};
}

Checked check_dialogue(const Section& session) {
  std::map<std::string, Said> sides;
  for (const Step& step : session.steps) {
    if (step.who.empty() != session.steps.front().who.empty()) {
      return problem(step.line, "either every line of a session has a NAME> or none has");
    }
    if (auto checked = check_order(step, sides[step.who]); !checked) return checked;
  }
  return {};
}

/// The order of the sections: what is set comes before a session, what is checked behind one.
Checked check_sections(const Transcript& transcript) {
  const auto& sections = transcript.sections;
  const auto runs = [](const Section& section) {
    return section.kind == Kind::session || section.kind == Kind::check;
  };
  if (std::ranges::none_of(sections, runs)) return problem(1, "the file has no [session]");
  constexpr std::array settings{Kind::config,      Kind::file,    Kind::old,     Kind::map,
                                Kind::env,         Kind::program, Kind::options, Kind::peer,
                                Kind::certificate, Kind::dns};
  bool session_before = false;
  for (auto section = sections.begin(); section != sections.end(); ++section) {
    const bool is_setting = std::ranges::find(settings, section->kind) != settings.end();
    const bool is_check = section->kind == Kind::mail || section->kind == Kind::log ||
                          section->kind == Kind::dns_asked;
    session_before = session_before || section->kind == Kind::session;
    if (is_check && !session_before)
      return problem(section->line, "no [session] comes before this section");
    if (is_setting && std::none_of(section, sections.end(), runs))
      return problem(section->line, "no [session] follows this section");
  }
  return {};
}

class Parser {
 public:
  Checked read(std::string_view text) {
    unsigned number = 0;
    for (const std::string_view line : split(text, '\n')) {
      if (auto done = take(++number, line); !done) return done;
    }
    return end_section();
  }
  std::vector<Section> sections() && { return std::move(sections_); }

 private:
  Checked take(unsigned number, std::string_view line) {
    if (line.starts_with('#')) return {};
    if (line.starts_with('[')) {
      if (auto ended = end_section(); !ended) return ended;
      return header(number, line);
    }
    const bool blank = trim(line).empty();
    if (sections_.empty())
      return blank ? Checked() : problem(number, "text in front of the first section");
    Section& section = sections_.back();
    const Content content = keyword_of(section.kind).content;
    if (blank && content != Content::text) return {};
    if (content == Content::nothing) return problem(number, "this section has no lines");
    if (content == Content::dialogue) return dialogue(number, line);
    if (line.starts_with("\\#") || line.starts_with("\\[")) line.remove_prefix(1);
    section.lines.push_back({number, std::string(line)});
    return {};
  }

  Checked header(unsigned number, std::string_view line) {
    line = trim(line);
    const auto parts = words(line.substr(1, line.size() - 2));
    const auto keyword =
        parts.empty() ? keywords.end() : std::ranges::find(keywords, parts[0], &Keyword::word);
    if (!line.ends_with(']') || keyword == keywords.end()) {
      return problem(number, "no such section: " + escaped(line) +
                                 " (a line that starts with '[' is written '\\[')");
    }
    const auto argument = trim(line.substr(1 + parts[0].size(), line.size() - 2 - parts[0].size()));
    if (argument.empty() && keyword->argument == Argument::must) {
      return problem(number, "[" + std::string(keyword->word) + "] needs an argument");
    }
    if (!argument.empty() && keyword->argument == Argument::none) {
      return problem(number, "[" + std::string(keyword->word) + "] has no argument");
    }
    const bool is_asked = keyword->kind == Kind::dns && argument == "asked";
    sections_.push_back({.kind = is_asked ? Kind::dns_asked : keyword->kind,
                         .line = number,
                         .argument = std::string(is_asked ? "" : argument)});
    return {};
  }

  /// `NAME> ` in front of a line, or nothing.
  static std::string_view side_of(std::string_view line) {
    const auto end = line.find("> ");
    const auto name = line.substr(0, end == line.npos ? 0 : end);
    return std::ranges::all_of(name, is_alnum) ? name : std::string_view();
  }

  Checked dialogue(unsigned number, std::string_view line) {
    const auto who = side_of(line);
    const auto text = line.substr(who.empty() ? 0 : who.size() + 2);
    const bool is_shorthand = text.starts_with("> ");
    const auto texts = is_shorthand ? expand_shorthand(text.substr(2))
                                    : std::expected<Texts, std::string>(Texts{std::string(text)});
    if (!texts) return problem(number, texts.error());
    for (const std::string& each : *texts) {
      auto step = parse_step(each);
      if (!step) return problem(number, step.error());
      step->line = number;
      step->who = who;
      step->source = std::string(line) + (is_shorthand ? ": " + each : "");
      const bool is_line = step->action == Action::expect_line;
      const std::size_t times = is_line ? std::exchange(step->times, 1) : 1;
      auto& steps = sections_.back().steps;
      steps.insert(steps.end(), times, *step);
    }
    return {};
  }

  Checked end_section() {
    if (sections_.empty()) return {};
    Section& section = sections_.back();
    while (!section.lines.empty() && trim(section.lines.back().text).empty())
      section.lines.pop_back();
    if (auto checked = check_section(section); !checked) return checked;
    return check_dialogue(section);
  }

  std::vector<Section> sections_;
};

}  // namespace

Option read_option(std::string_view line) {
  line = trim(line);
  if (line.starts_with("--")) line.remove_prefix(2);
  const auto end = std::min(line.find_first_of(" \t="), line.size());
  return {std::string(line.substr(0, end)),
          std::string(trim(line.substr(std::min(end + 1, line.size()))))};
}

std::expected<Transcript, Problem> parse(std::string path, std::string_view text) {
  Parser parser;
  if (auto done = parser.read(text); !done) return std::unexpected(done.error());
  Transcript transcript{std::move(path), std::move(parser).sections()};
  if (auto checked = check_sections(transcript); !checked) return std::unexpected(checked.error());
  return transcript;
}

}  // namespace smtpd::transcript
