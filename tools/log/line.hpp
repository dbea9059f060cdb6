#pragma once
/// A line of smtpd's log, in any of its forms and behind any of the prefixes that log programs put
/// in front: multilog, s6-log, syslog, the journal.
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace smtpd::log_tool {

struct LogLine {
  std::string time;         ///< as the prefix has it, TAI64N as local time; empty if there is none
  std::string pid;          ///< decimal
  std::string session;      ///< its id
  std::string transaction;  ///< decimal; empty outside transactions
  std::string plugin;       ///< its name as in config/plugins; empty for the core
  std::string text;
  enum class Kind { other, summary, message, refused } kind = Kind::other;
  std::map<std::string, std::string> fields = {};  ///< of all kinds but other; unknown are empty

  std::string field(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  }
};

/// None if the line is not one of smtpd's.
std::optional<LogLine> parse_line(std::string_view line);

/// True for what can be a session's id: 16 digits and small letters, or 10 to 12 of 0.1.0.
bool is_session_id(std::string_view text);

/// True if the line has `what` in it, whatever the case of ASCII letters, as it stands or as it was
/// before the log escaped it.
bool mentions(std::string_view line, std::string_view what);

}  // namespace smtpd::log_tool
