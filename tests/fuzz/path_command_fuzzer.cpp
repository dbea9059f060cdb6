/// The argument of MAIL and RCPT comes apart into a path and parameters without loss, and what is
/// put together again comes apart the same way.
#include <algorithm>

#include "lib/base/text.hpp"
#include "lib/smtp/path_command.hpp"
#include "tests/fuzz/support.hpp"

namespace smtpd::fuzz {
namespace {

std::string put_together(std::string_view keyword, const PathCommand& command) {
  std::string text = std::string(keyword) + ':' + command.path;
  for (const Parameter& parameter : command.parameters) {
    text += ' ' + parameter.keyword;
    if (parameter.value) text += '=' + *parameter.value;
  }
  return text;
}

void check_parameters(const Parameters& parameters) {
  for (const Parameter& parameter : parameters) {
    require(parameters.find(parameter.keyword) == &parameter, "no parameter is there twice");
    require(!parameter.keyword.empty() && lower(parameter.keyword) == parameter.keyword,
            "a keyword in lower case");
    require(std::ranges::all_of(parameter.keyword, [](char c) { return is_alnum(c) || c == '-'; }),
            "a keyword's characters");
    if (!parameter.value) continue;
    require(!parameter.value->empty(), "a value is not empty");
    require(std::ranges::all_of(*parameter.value,
                                [](char c) { return !is_control(c) && c != ' ' && c != '='; }),
            "a value's characters");
  }
}

bool same(const Parameter& a, const Parameter& b) {
  return a.keyword == b.keyword && a.value == b.value;
}

/// Blanks between words, and the case of keywords, are all that is lost.
std::string essence(std::string_view text) {
  std::string result;
  for (const std::string_view word : split(text, ' ')) {
    if (!word.empty()) result += ' ' + lower(word);
  }
  return result;
}

}  // namespace
}  // namespace smtpd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace smtpd;
  using namespace smtpd::fuzz;
  Input input(data, size);
  const std::string_view keyword = input.octet() % 2 == 0 ? "FROM" : "TO";
  const std::string_view argument = input.rest();
  const auto command = parse_path_command(argument, keyword);
  if (!command) {
    require(command.error().code == Errc::syntax && !command.error().what.empty(), "the error");
    return 0;
  }
  require(!command->path.empty(), "there is a path");
  require(command->path.starts_with('<') == command->path.ends_with('>') ||
              !command->path.starts_with('<'),
          "a path that opens is closed");
  check_parameters(command->parameters);
  const std::string text = put_together(keyword, *command);
  const auto first = argument.find_first_not_of(" \t", keyword.size() + 1);
  const auto last = argument.find_last_not_of(" \t");
  const std::string_view behind = argument.substr(first, last + 1 - first);
  require(behind.starts_with(command->path), "the path is what was sent");
  require(essence(behind.substr(command->path.size())) ==
              essence(std::string_view(text).substr(keyword.size() + 1 + command->path.size())),
          "nothing is lost");
  const auto again = parse_path_command(text, keyword);
  require(again && again->path == command->path, "the path is read again");
  require(std::ranges::equal(again->parameters, command->parameters, same),
          "the parameters are read again");
  return 0;
}
