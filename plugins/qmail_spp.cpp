#include "plugins/qmail_spp.hpp"

#include <algorithm>
#include <utility>

#include "lib/base/text.hpp"

namespace smtpd::spp {
namespace {

/// `5.1.1 text` in front becomes `text (#5.1.1)` behind, where the core looks for the status.
std::string status_behind(std::string_view text) {
  const auto end = text.find(' ');
  const std::string_view word = text.substr(0, end);
  const auto parts = split(word, '.');
  const auto is_part = [](std::string_view part) { return part.size() <= 3 && to_number(part); };
  if (end == text.npos || parts.size() != 3 || !std::ranges::all_of(parts, is_part))
    return std::string(text);
  return std::string(trim(text.substr(end))) + " (#" + std::string(word) + ')';
}

/// `550 text`, or a text alone, which is permanent. Errors: a code that refuses nothing.
std::expected<Result, std::string> to_refusal(std::string_view message) {
  const std::string_view code = message.substr(0, 3);
  const bool has_code = code.size() == 3 && std::ranges::all_of(code, is_digit) &&
                        (message.size() == 3 || is_blank(message[3]));
  if (!has_code) return deny(status_behind(trim(message)));
  std::string text = status_behind(trim(message.substr(3)));
  if (code == "421") return denysoft_disconnect(std::move(text));
  if (code[0] == '5') return deny(std::move(text));
  if (code[0] == '4') return denysoft(std::move(text));
  return std::unexpected(std::string(code) + " is no refusal");
}

void add_disconnect(Result& refusal) {
  if (refusal.verdict == Verdict::deny) refusal.verdict = Verdict::deny_disconnect;
  if (refusal.verdict == Verdict::denysoft) refusal.verdict = Verdict::denysoft_disconnect;
}

bool is_field_name(std::string_view name) {
  return !name.empty() &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~' && c != ':'; });
}

using Outcome = std::expected<void, std::string>;

Outcome read_refusal(std::string_view line, Output& output) {
  auto refusal = to_refusal(line.substr(1));
  if (!refusal) return std::unexpected(std::move(refusal.error()));
  if (line[0] == 'R') add_disconnect(*refusal);
  output.decision = Decision::refuse;
  output.refusal = std::move(*refusal);
  return {};
}

Outcome read_late(std::string_view text, Output& output) {
  constexpr std::string_view commands = "MRD";
  if (text.empty() || commands.find(text[0]) == commands.npos)
    return std::unexpected("behind L stands M, R or D");
  auto refusal = to_refusal(text.substr(1));
  if (!refusal) return std::unexpected(std::move(refusal.error()));
  output.late.push_back({text[0], std::move(*refusal)});
  return {};
}

Outcome read_variable(std::string_view line, Output& output) {
  const std::string_view text = line.substr(1);
  const auto equals = line[0] == 'S' ? text.find('=') : text.size();
  if (equals == text.npos) return std::unexpected("behind S stands NAME=value");
  const std::string_view name = text.substr(0, equals);
  if (!is_variable_name(name)) return std::unexpected("that is no name of a variable");
  Variable variable{std::string(name), {}};
  if (line[0] == 'S') variable.value = printable(text.substr(equals + 1));
  output.variables.push_back(std::move(variable));
  return {};
}

Outcome read_field(std::string_view text, Output& output) {
  const auto colon = std::min(text.find(':'), text.size());
  const std::string_view name = text.substr(0, colon);
  if (colon == text.size() || !is_field_name(name))
    return std::unexpected("behind H stands a header field");
  output.fields.push_back({std::string(name), std::string(trim(text.substr(colon + 1)))});
  return {};
}

/// The commands of one letter. With more behind it a line is something else: a program's complaint
/// such as "No such file".
Outcome read_letter(char letter, Output& output) {
  switch (letter) {
    case 'A': output.decision = Decision::off; return {};
    case 'N': output.decision = Decision::next; return {};
    case 'O': output.decision = Decision::accept; return {};
    case 'D':
      output.decision = Decision::refuse;
      output.refusal = deny_disconnect();
      return {};
    default: return std::unexpected("there is no such command");
  }
}

Outcome read_line(std::string_view line, Output& output) {
  switch (line[0]) {
    case 'E':
    case 'R': return read_refusal(line, output);
    case 'L': return read_late(line.substr(1), output);
    case 'S':
    case 'U': return read_variable(line, output);
    case 'H': return read_field(line.substr(1), output);
    case 'P': output.unsent.emplace_back(line.substr(1)); return {};
    case 'C': return std::unexpected("addresses cannot be changed");
    default: return read_letter(line.size() == 1 ? line[0] : '\0', output);
  }
}

}  // namespace

bool is_variable_name(std::string_view name) {
  return !name.empty() && !is_digit(name.front()) &&
         std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '_'; });
}

std::expected<Output, std::string> parse(std::string_view text) {
  Output output;
  for (std::string_view line : split(text, '\n')) {
    while (!line.empty() && (is_blank(line.back()) || line.back() == '\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (const auto read = read_line(line, output); !read)
      return std::unexpected('\'' + printable(line.substr(0, 100)) + "': " + read.error());
    if (output.decision != Decision::none) break;
  }
  return output;
}

}  // namespace smtpd::spp
