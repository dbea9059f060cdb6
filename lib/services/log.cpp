#include "lib/services/log.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <ranges>

#include "lib/base/hex.hpp"
#include "lib/base/text.hpp"

namespace smtpd {
namespace {

constexpr std::array<std::string_view, 8> names{"emerg", "alert",  "crit", "error",
                                                "warn",  "notice", "info", "debug"};

/// The value in base 36.
void put_digits(std::span<char> digits, std::uint64_t value) {
  for (char& digit : std::views::reverse(digits)) {
    digit = "0123456789abcdefghijklmnopqrstuvwxyz"[value % 36];
    value /= 36;
  }
}

/// Two octets of FNV-1a.
std::uint64_t hash_of(std::string_view text) {
  std::uint32_t hash = 2'166'136'261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
  return (hash >> 16 ^ hash) & 0xffffU;
}

/// An octet that can neither end a value nor begin a new name, whoever takes the line apart.
bool is_plain(char c) { return c > ' ' && c < '\x7f' && c != '=' && c != '"' && c != '\\'; }

void append_escaped(std::string& into, char c) { append_hex(into.append("\\x"), c); }

/// xinetd and inetd make the client's connection standard error too: a line of the log there would
/// be a reply.
bool goes_to_client() {
  struct stat client{}, log{};
  return ::fstat(STDIN_FILENO, &client) == 0 && ::fstat(STDERR_FILENO, &log) == 0 &&
         S_ISSOCK(log.st_mode) && client.st_ino == log.st_ino && client.st_dev == log.st_dev;
}

}  // namespace

std::span<const std::string_view> level_names() { return names; }

std::optional<Level> to_level(std::string_view text) {
  if (text.size() == 1 && text[0] >= '0' && text[0] <= '7')
    return static_cast<Level>(text[0] - '0');
  if (starts_with_ignoring_case(text, "log"))
    text.remove_prefix(text.substr(3).starts_with('_') ? 4 : 3);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (equal_ignoring_case(text, names[i])) return static_cast<Level>(i);
  }
  if (equal_ignoring_case(text, "warning")) return Level::warn;
  if (equal_ignoring_case(text, "err")) return Level::error;
  if (equal_ignoring_case(text, "radar")) return Level::emerg;
  return {};
}

std::string_view to_string(Level level) { return names[static_cast<std::size_t>(level)]; }

std::string_view verdict_of(std::string_view text) {
  const std::string_view word = text.substr(0, text.find_first_of(", :"));
  for (const std::string_view verdict : {"pass", "fail", "skip", "error"}) {
    if (word == verdict) return verdict;
  }
  return {};
}

std::string to_text(std::span<const LogField> fields) {
  std::string text;
  for (const LogField& field : fields) {
    text.append(" ").append(field.name).append("=");
    if (field.value.empty()) {
      text += '-';
    } else if (field.value == "-") {
      append_escaped(text, '-');
    } else {
      for (const char c : field.value) {
        if (is_plain(c) || (field.is_text && (c == ' ' || c == '=' || c == '"'))) {
          text += c;
        } else {
          append_escaped(text, c);
        }
      }
    }
  }
  return text;
}

void StderrSink::write(std::string_view line) {
  if (!is_client_) is_client_ = goes_to_client();
  if (*is_client_) return;
  std::string whole(line);
  whole += '\n';
  // A log that cannot be written must not stop the mail; there is nobody left to tell.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, whole.data(), whole.size());
}

std::string log_line_without_pid(const LogRecord& record) {
  std::string line(record.id);
  const auto add = [&](std::string_view before, std::string_view part, std::string_view behind) {
    if (!part.empty())
      line.append(line.empty() ? 0 : 1, ' ').append(before).append(part).append(behind);
  };
  add("(", record.hook, ")");
  add("", record.plugin, ":");
  add("", record.text, "");
  return line;
}

std::string log_line(const LogRecord& record) {
  return std::to_string(::getpid()) + ' ' + log_line_without_pid(record);
}

Log::Log(LogSink& sink, const Clock& clock) : sink_(sink) {
  using std::chrono::milliseconds;
  const auto since_1970 =
      std::chrono::duration_cast<milliseconds>(clock.wall().time_since_epoch()).count();
  put_digits(std::span(session_).first(digits_of_time), static_cast<std::uint64_t>(since_1970));
  name_host({});
}

void Log::name_host(std::string_view name) {
  if (has_written_) return;  // all lines of a session have one id
  const auto pid = static_cast<std::uint64_t>(::getpid());
  put_digits(std::span(session_).subspan(digits_of_time), pid << 16 | hash_of(name));
}

std::string Log::id() const {
  std::string id(session_id());
  if (transaction_ > 0) id.append(".").append(std::to_string(transaction_));
  return id;
}

void Log::log(Level level, std::string_view text, std::string_view hook, std::string_view plugin) {
  if (busy_ || !wants(level)) return;
  std::string clean = printable(text.substr(0, longest_log_text));
  if (text.size() > longest_log_text) clean += "...";
  const std::string id = this->id();
  write({level, hook, plugin, clean, id});
}

void Log::log_fields(Level level, const FieldLine& line, std::span<const LogField> fields) {
  if (busy_ || !wants(level)) return;
  std::string text = std::string(line.name) + ':' + to_text(fields);
  if (text.size() > longest_log_text) {
    text.resize(longest_log_text);
    text += "...";
  }
  const std::string id =
      line.about == FieldLine::About::session ? std::string(session_id()) : this->id();
  write({level, line.hook, {}, text, id, fields});
}

void Log::write(const LogRecord& record) {
  has_written_ = true;
  if (forward_) {
    busy_ = true;
    const bool taken = forward_(record);
    busy_ = false;
    if (taken) return;
  }
  if (record.level <= level_) sink_.write(log_line(record));
}

}  // namespace smtpd
