#include "lib/smtp/path_command.hpp"

#include <algorithm>
#include <utility>

#include "lib/base/text.hpp"

namespace smtpd {
namespace {

std::unexpected<Error> syntax(std::string what) {
  return std::unexpected(Error{Errc::syntax, std::move(what)});
}

bool is_keyword(std::string_view text) {  // RFC 5321 4.1.2, esmtp-keyword
  return !text.empty() && is_alnum(text.front()) &&
         std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-'; });
}

bool is_value(std::string_view text) {  // RFC 5321 4.1.2, esmtp-value; RFC 6531 3.3 adds UTF-8
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return !is_control(c) && c != ' ' && c != '='; });
}

/// Where the mailbox begins in a path that begins with '<': behind a source route if there is one.
std::size_t mailbox_start(std::string_view text) {
  if (!text.starts_with("<@")) return 1;
  const auto route_end = text.find_first_of(":>");
  return route_end == text.npos ? text.size() : route_end + (text[route_end] == ':' ? 1 : 0);
}

/// The length of the path with brackets that `text` begins with; 0 if the '>' is missing.
/// A quote opens a quoted string only where one may stand, so that a stray one does not hide the
/// '>'.
std::size_t bracketed_length(std::string_view text) {
  std::size_t i = mailbox_start(text);
  if (text.substr(i).starts_with('"')) {
    for (++i; i < text.size() && text[i] != '"'; ++i) {
      if (text[i] == '\\') ++i;
    }
  }
  return text.find('>', i) + 1;  // npos + 1 is 0
}

std::expected<Parameters, Error> parse_parameters(std::string_view text) {
  Parameters parameters;
  for (const std::string_view word : split(text, ' ')) {
    if (word.empty()) continue;  // several spaces
    const auto equals = word.find('=');
    Parameter parameter{lower(word.substr(0, equals)), {}};
    if (equals != word.npos) parameter.value = word.substr(equals + 1);
    if (!is_keyword(parameter.keyword) || (parameter.value && !is_value(*parameter.value))) {
      return syntax("Syntax error in parameters");
    }
    if (parameters.find(parameter.keyword))
      return syntax("duplicate parameter " + std::string(word.substr(0, equals)));
    parameters.add(std::move(parameter));
  }
  return parameters;
}

}  // namespace

void Parameters::add(Parameter parameter) { list_.push_back(std::move(parameter)); }

const Parameter* Parameters::find(std::string_view lower_case_keyword) const {
  const auto found = std::ranges::find(list_, lower_case_keyword, &Parameter::keyword);
  return found == list_.end() ? nullptr : &*found;
}

std::expected<PathCommand, Error> parse_path_command(std::string_view argument,
                                                     std::string_view keyword) {
  if (!starts_with_ignoring_case(argument, keyword) ||
      !argument.substr(keyword.size()).starts_with(':')) {
    return syntax("Syntax error in command");
  }
  std::string_view text = argument.substr(keyword.size() + 1);
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  if (text.empty()) return syntax("Syntax error in address");
  const bool bracketed = text.starts_with('<');
  const std::size_t length =
      bracketed ? bracketed_length(text) : std::min(text.find_first_of(" \t"), text.size());
  if (length == 0) return syntax("Syntax error in parameters or path: no closing angle bracket");
  const std::string_view rest = text.substr(length);
  if (!rest.empty() && !rest.starts_with(' ')) return syntax("Syntax error in parameters");
  auto parameters = parse_parameters(rest);
  if (!parameters) return std::unexpected(std::move(parameters.error()));
  return PathCommand{std::string(text.substr(0, length)), std::move(*parameters)};
}

}  // namespace smtpd
