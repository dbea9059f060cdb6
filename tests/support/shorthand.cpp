/// A line `> NAME ...` of a dialogue stands for lines that most dialogues have.
#include <algorithm>
#include <array>

#include "lib/base/text.hpp"
#include "tests/support/transcript.hpp"

namespace smtpd::transcript {
namespace {

/// In its lines `$1` is the first word of the argument, and `$2` is the rest with the blank in
/// front of it; each stands once.
struct Shorthand {
  std::string_view name, first, rest;  ///< without an argument: `first` and `rest`
  std::string_view lines;
  bool takes_argument() const { return lines.find('$') != lines.npos; }
};

// doc/testing.md shows the same table.
constexpr std::array shorthands{
    Shorthand{"greet", "client.test", "", "S: 220 *\nC: EHLO $1$2\nS... 250"},
    Shorthand{"mail", "a@b.test", "", "C: MAIL FROM:<$1>$2\nS: 250 2.1.0 *"},
    Shorthand{"rcpt", "u@example.com", "", "C: RCPT TO:<$1>$2\nS: 250 2.1.5 *"},
    Shorthand{"data", "", "", "C: DATA\nS: 354 go ahead"},
    Shorthand{"message", "hello", " text",
              "C: DATA\nS: 354 go ahead\nC: Subject: $1\nC:\nC:$2\nC: ."},
    Shorthand{"pipeline", "a@b.test", "",
              "C: MAIL FROM:<$1>$2\nC: RCPT TO:<u@example.com>\nC: DATA\n"
              "S: 250 2.1.0 *\nS: 250 2.1.5 *\nS: 354 go ahead"},
    Shorthand{"quit", "", "", "C: QUIT\nS: 221 2.0.0 *\nS!"},
};

std::string unknown(std::string_view name) {
  std::array<std::string_view, shorthands.size()> names;
  std::ranges::transform(shorthands, names.begin(), &Shorthand::name);
  const std::string_view near = nearest(name, names);
  std::string text = "no step '" + escaped(name) + '\'';
  if (!near.empty()) text.append("; did you mean '").append(near).append("'?");
  return text;
}

void replace(std::string& text, std::string_view mark, std::string_view value) {
  if (const auto at = text.find(mark); at != text.npos) text.replace(at, mark.size(), value);
}

}  // namespace

std::expected<Texts, std::string> expand_shorthand(std::string_view text) {
  text = trim(text);
  const auto name = text.substr(0, text.find(' '));
  const auto shorthand = std::ranges::find(shorthands, name, &Shorthand::name);
  if (shorthand == shorthands.end()) return std::unexpected(unknown(name));
  const auto argument = trim(text.substr(name.size()));
  if (!argument.empty() && !shorthand->takes_argument())
    return std::unexpected("nothing can follow '" + std::string(name) + '\'');
  const auto first = argument.empty() ? shorthand->first : argument.substr(0, argument.find(' '));
  const auto rest =
      first.size() < argument.size() ? argument.substr(first.size()) : shorthand->rest;
  std::string lines(shorthand->lines);
  replace(lines, "$2", rest);  // first, since what replaces $1 may have a $ of its own
  replace(lines, "$1", first == "<>" ? "" : first);
  Texts result;
  for (const std::string_view line : split(lines, '\n')) result.emplace_back(line);
  return result;
}

}  // namespace smtpd::transcript
