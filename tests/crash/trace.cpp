#include "tests/crash/trace.hpp"

#include <charconv>
#include <map>

#include "lib/base/text.hpp"

namespace smtpd::crash {
namespace {

constexpr std::string_view unfinished = " <unfinished ...>";
constexpr std::string_view resumed = " resumed>";

/// `NAME(ARGUMENTS) = RESULT` without the process.
Call parse_call(std::string_view text) {
  Call call;
  const auto open = text.find('(');
  call.name = text.substr(0, open);
  const auto equals = text.rfind(" = ");
  call.result = equals == text.npos ? "?" : trim(text.substr(equals + 3));
  std::string_view arguments =
      open == text.npos ? std::string_view() : text.substr(open + 1, equals - open - 1);
  arguments = trim(arguments.substr(0, equals == text.npos ? text.npos : equals));
  if (arguments.ends_with(')')) arguments.remove_suffix(1);
  call.arguments = arguments;
  return call;
}

}  // namespace

Call::Quotes Call::quotes(unsigned n) const {
  std::size_t at = 0;
  while (true) {
    const auto open = arguments.find('"', at);
    if (open == arguments.npos) return {};
    auto close = open + 1;
    while (close < arguments.size() && arguments[close] != '"')
      close += arguments[close] == '\\' ? 2U : 1U;
    if (n-- == 0) return {open, close};
    at = close + 1;
  }
}

std::optional<std::string> Call::quoted(unsigned n) const {
  const auto [open, close] = quotes(n);
  if (close == 0) return {};
  return arguments.substr(open + 1, close - open - 1);
}

std::optional<std::string> Call::path(unsigned n) const {
  auto path = quoted(n);
  if (!path || path->starts_with('/')) return path;
  std::string_view before = std::string_view(arguments).substr(0, quotes(n).open);
  if (!before.ends_with(", ")) return path;
  before.remove_suffix(2);
  const auto comma = before.rfind(", ");
  const auto directory = descriptor(before.substr(comma == before.npos ? 0 : comma + 2));
  return directory ? directory->path + '/' + *path : path;
}

std::optional<Call::Descriptor> Call::descriptor(std::string_view text) {
  Descriptor result;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result.number);
  if (error != std::errc() || end == text.data() + text.size() || *end != '<') return {};
  const auto from = static_cast<std::size_t>(end - text.data()) + 1;
  result.path = text.substr(from, text.find('>', from) - from);
  return result;
}

std::vector<Call> parse_trace(std::string_view text) {
  std::vector<Call> calls;
  std::map<std::string, std::string, std::less<>> begun;  // by process
  std::map<std::string, unsigned> numbers;                // by process and name
  const auto add = [&](std::string_view process, std::string_view line) {
    Call call = parse_call(line);
    call.process = process;
    call.number = ++numbers[call.process + ' ' + call.name];
    calls.push_back(std::move(call));
  };
  for (std::string_view line : split(text, '\n')) {
    const auto blank = line.find(' ');
    if (blank == line.npos) continue;
    const std::string process(line.substr(0, blank));
    line = trim(line.substr(blank));
    if (line.starts_with("+++") || line.starts_with("---")) continue;
    if (line.ends_with(unfinished)) {
      line.remove_suffix(unfinished.size());
      begun[process] = line;
    } else if (const auto end = line.find(resumed); line.starts_with("<... ")) {
      const auto first = begun.extract(process);
      if (first && end != line.npos)
        add(process, first.mapped() + std::string(line.substr(end + resumed.size())));
    } else {
      add(process, line);
    }
  }
  for (const auto& [process, line] : begun) add(process, line);
  return calls;
}

}  // namespace smtpd::crash
