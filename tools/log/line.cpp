#include "tools/log/line.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <ctime>

#include "lib/base/hex.hpp"
#include "lib/base/text.hpp"
#include "tools/log/json.hpp"

namespace smtpd::log_tool {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 10 && std::ranges::all_of(text, is_digit);
}

/// A session's id, perhaps with the number of a transaction.
bool is_id(std::string_view text) {
  const auto dot = text.find('.');
  return is_session_id(text.substr(0, dot)) &&
         (dot == text.npos || is_number(text.substr(dot + 1)));
}

/// The process id in `smtpd[19928]:`; empty if the word is none of that form.
std::string_view bracketed(std::string_view word) {
  const auto open = word.rfind('[');
  if (open == word.npos || open == 0 || !word.ends_with("]:")) return {};
  const std::string_view number = word.substr(open + 1, word.size() - open - 3);
  return is_number(number) ? number : std::string_view();
}

/// multilog's `@`, 16 digits of TAI64 and 8 of nanoseconds, as local time; empty if it is none.
std::string tai64n_time(std::string_view word) {
  constexpr std::uint64_t epoch = (1ULL << 62) + 10;  // 1970 in TAI, without leap seconds
  if (word.size() != 25 || word[0] != '@') return {};
  std::uint64_t label = 0;
  const auto [end, error] = std::from_chars(word.data() + 1, word.data() + 17, label, 16);
  if (error != std::errc() || end != word.data() + 17 || label < epoch) return {};
  const auto seconds = static_cast<std::time_t>(label - epoch);
  std::tm local{};
  std::array<char, 32> text{};
  if (!::localtime_r(&seconds, &local)) return {};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &local)};
}

bool has_time_of_day(std::string_view word) {
  for (std::size_t at = 0; at + 8 <= word.size(); ++at) {
    const auto digits = [&](std::size_t i) {
      return is_digit(word[at + i]) && is_digit(word[at + i + 1]);
    };
    if (digits(0) && word[at + 2] == ':' && digits(3) && word[at + 5] == ':' && digits(6))
      return true;
  }
  return false;
}

/// What of a prefix is its time: up to the time of day, and a year behind it.
std::string time_of(std::string_view prefix) {
  const auto parts = words(prefix);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!has_time_of_day(parts[i])) continue;
    const bool year = i + 1 < parts.size() && parts[i + 1].size() == 4 && is_number(parts[i + 1]);
    const std::string_view last = parts[i + (year ? 1 : 0)];
    return std::string(prefix.substr(0, static_cast<std::size_t>(last.end() - prefix.begin())));
  }
  return {};
}

/// Where a line begins behind its prefix.
struct Start {
  std::string_view prefix;
  std::string_view pid;
  std::string_view rest;  // from the id on, or a JSON object
};

/// The words of a line from the left, as far as a prefix may go. What comes behind is a client's.
class Prefix {
 public:
  explicit Prefix(std::string_view line) : line_(line) {
    constexpr std::size_t most = 10;
    for (std::string_view rest = line; words_.size() < most;) {
      const auto from = rest.find_first_not_of(' ');
      if (from == rest.npos) break;
      rest.remove_prefix(from);
      words_.push_back(rest.substr(0, rest.find(' ')));
      rest.remove_prefix(words_.back().size());
    }
  }

  std::optional<Start> find() const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (is_json(i)) return Start{before(i), {}, from(i)};
      if (const auto id = id_behind(i)) return Start{before(i), words_[i], from(*id)};
      const std::string_view pid = bracketed(words_[i]);
      if (pid.empty()) continue;
      if (word(i + 1).starts_with('{')) return Start{before(i), pid, from(i + 1)};
      if (is_id(word(i + 1))) return Start{before(i), pid, from(i + 1)};
      // The journal and syslog take a whole line of ours, which has its process id once more.
      const auto id = id_behind(i + 1);
      return id ? std::optional(Start{before(i), words_[i + 1], from(*id)}) : std::nullopt;
    }
    return {};
  }

 private:
  std::string_view word(std::size_t i) const {
    return i < words_.size() ? words_[i] : std::string_view();
  }
  std::string_view before(std::size_t i) const {
    return line_.substr(0, static_cast<std::size_t>(words_[i].data() - line_.data()));
  }
  std::string_view from(std::size_t i) const {
    return line_.substr(static_cast<std::size_t>(words_[i].data() - line_.data()));
  }
  /// An object alone, or behind a time.
  bool is_json(std::size_t i) const {
    return words_[i].starts_with("{\"") && (i == 0 || has_time_of_day(words_[i - 1]));
  }
  /// The word with the id, if the word `i` is a process id: the next one, or the one behind the
  /// mark of logging/adaptive.
  std::optional<std::size_t> id_behind(std::size_t i) const {
    if (!is_number(word(i))) return {};
    if (is_id(word(i + 1))) return i + 1;
    const std::string_view mark = word(i + 1);
    const bool may_be_mark = !is_number(mark) && mark.find(':') == mark.npos;
    return may_be_mark && is_id(word(i + 2)) ? std::optional(i + 2) : std::nullopt;
  }

  std::string_view line_;
  std::vector<std::string_view> words_;
};

/// A value of the summary: `\xHH` is an octet, `-` nothing.
std::string unescaped(std::string_view value) {
  if (value == "-") return {};
  std::string text;
  for (std::size_t at = 0; at < value.size(); ++at) {
    const std::string_view rest = value.substr(at);
    const auto octet = rest.starts_with("\\x") ? hex_octet(rest.substr(2)) : std::nullopt;
    text += octet.value_or(rest[0]);
    if (octet) at += 3;
  }
  return text;
}

void split_id(std::string_view id, LogLine& line) {
  const auto dot = id.find('.');
  line.session = id.substr(0, dot);
  if (dot != id.npos) line.transaction = id.substr(dot + 1);
}

/// Takes `(HOOK) ` off.
void skip_hook(std::string_view& text) {
  if (!text.starts_with('(')) return;
  const auto end = text.find(") ");
  if (end != text.npos && text.substr(0, end).find(' ') == text.npos) text.remove_prefix(end + 2);
}

/// A plugin's name in qpsmtpd's escaped form, which 0.1.0 has written, as in config/plugins.
std::string plain_name(std::string_view name) {
  std::string text;
  for (std::size_t at = 0; at < name.size(); ++at) {
    const std::string_view rest = name.substr(at);
    if (rest.starts_with("::")) {
      text += '/';
      ++at;
      continue;
    }
    const auto octet = rest[0] == '_' ? hex_octet(rest.substr(1)) : std::nullopt;
    // A letter is never escaped, so that this is one of the name itself.
    const bool is_meant =
        octet && *octet > ' ' && *octet < '\x7f' && !is_alnum(*octet) && *octet != '_';
    text += is_meant ? *octet : rest[0];
    at += is_meant ? 2 : 0;
  }
  return text;
}

constexpr std::size_t digits_of_id = 16;  // 0.1.0's has less

/// What is written otherwise today.
void modernize(LogLine& line) {
  if (line.session.size() == digits_of_id) return;
  line.plugin = plain_name(line.plugin);
  if (const auto verdict = line.fields.find("verdict"); verdict != line.fields.end())
    verdict->second = plain_name(verdict->second);
}

struct FieldedLine {
  std::string_view start;
  LogLine::Kind kind;
};
constexpr auto fielded_lines = std::array{FieldedLine{"summary", LogLine::Kind::summary},
                                          FieldedLine{"message", LogLine::Kind::message},
                                          FieldedLine{"refused", LogLine::Kind::refused}};

LogLine::Kind kind_of(std::string_view name) {
  const auto found = std::ranges::find(fielded_lines, name, &FieldedLine::start);
  return found == fielded_lines.end() ? LogLine::Kind::other : found->kind;
}

/// ` key=value ...`; the reply is the last, and has blanks.
void read_fields(std::string_view text, LogLine& line) {
  constexpr std::string_view reply = " reply=";
  const auto end = std::min(text.find(reply), text.size());
  if (end < text.size()) line.fields["reply"] = unescaped(text.substr(end + reply.size()));
  for (const std::string_view field : words(text.substr(0, end))) {
    const auto equals = field.find('=');
    if (equals != field.npos)
      line.fields[std::string(field.substr(0, equals))] = unescaped(field.substr(equals + 1));
  }
}

bool is_name_octet(char c) { return is_alnum(c) || std::string_view("_:/-.+").contains(c); }

LogLine text_line(const Start& start) {
  LogLine line;
  const auto blank = std::min(start.rest.find(' '), start.rest.size());
  split_id(start.rest.substr(0, blank), line);
  line.pid = start.pid;
  std::string_view text = start.rest.substr(std::min(blank + 1, start.rest.size()));
  const bool has_hook = text.starts_with('('), at_end = text.starts_with("(post-connection) ");
  skip_hook(text);
  const auto colon = text.find(": ");
  const std::string_view name = text.substr(0, colon);
  const LogLine::Kind kind = colon == text.npos ? LogLine::Kind::other : kind_of(name);
  // Whoever else says that word has a hook before it.
  if (kind != LogLine::Kind::other && (kind == LogLine::Kind::summary ? at_end : !has_hook)) {
    line.kind = kind;
    read_fields(text.substr(colon + 1), line);
    modernize(line);
    return line;
  }
  const bool is_name =
      colon != text.npos && !name.empty() && std::ranges::all_of(name, is_name_octet);
  if (is_name) line.plugin = name;
  line.text = is_name ? text.substr(colon + 2) : text;
  modernize(line);
  return line;
}

std::optional<LogLine> json_line(std::string_view text) {
  auto members = read_object(text);
  if (!members || !is_session_id((*members)["session"])) return {};
  LogLine line;
  line.session = (*members)["session"];
  line.transaction = (*members)["transaction"];
  line.pid = (*members)["pid"];
  line.plugin = (*members)["plugin"];
  line.text = (*members)["message"];
  const std::string& time = (*members)["time"];  // 2026-01-02T03:04:05.123456Z
  line.time = time.substr(0, time.find('.')) + (time.ends_with('Z') ? "Z" : "");
  const LogLine::Kind kind = line.plugin.empty() ? kind_of(line.text) : LogLine::Kind::other;
  const std::string_view object = kind == LogLine::Kind::summary ? "summary." : "fields.";
  for (auto& [name, value] : *members) {
    if (kind == LogLine::Kind::other || !name.starts_with(object)) continue;
    line.kind = kind;
    line.fields[name.substr(object.size())] = value;
  }
  modernize(line);
  return line;
}

}  // namespace

bool is_session_id(std::string_view text) {
  const bool is_old = text.size() >= 10 && text.size() <= 12;
  return (is_old || text.size() == digits_of_id) &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || is_lower(c); });
}

bool mentions(std::string_view line, std::string_view what) {
  const auto has = [&](std::string_view text) {
    const auto same = [](char a, char b) { return to_lower(a) == to_lower(b); };
    return !std::ranges::search(text, what, same).empty() || what.empty();
  };
  if (has(line)) return true;
  if (line.find('\\') == line.npos) return false;
  if (has(unescaped(line))) return true;
  const auto brace = line.find('{');
  const auto members = read_object(line.substr(std::min(brace, line.size())));
  if (!members) return false;
  return std::ranges::any_of(*members, [&](const auto& each) { return has(each.second); });
}

std::optional<LogLine> parse_line(std::string_view text) {
  const std::string_view first = text.substr(0, text.find(' '));
  std::string time = tai64n_time(first);
  if (!time.empty()) text.remove_prefix(std::min(first.size() + 1, text.size()));
  const auto start = Prefix(text).find();
  if (!start) return {};
  if (start->rest.starts_with('{')) return json_line(start->rest);
  LogLine line = text_line(*start);
  line.time = time.empty() ? time_of(start->prefix) : std::move(time);
  return line;
}

}  // namespace smtpd::log_tool
