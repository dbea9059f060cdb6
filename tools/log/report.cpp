#include "tools/log/report.hpp"

#include <cinttypes>
#include <cstdio>

#include "lib/base/text.hpp"

namespace smtpd::log_tool {
namespace {

struct Sign {
  char sign;
  const char *colour, *name;
};
/// In the order of Mark. The colours are those of a terminal (ECMA-48 8.3.117).
constexpr std::array<Sign, mark_count> signs{{
    {'+', "32", "pass"},
    {'x', "31", "fail"},
    {'~', "33", "fail, tolerated"},
    {'N', "35", "fail, NAUGHTY"},
    {'-', "2", "skip"},
    {'!', "1;31", "error"},
    {'?', "33", "would refuse (observe)"},
}};

/// A value as a column; `-` stands for what is not known.
std::string column(const std::string& value) { return value.empty() ? "-" : printable(value); }

/// ` NAME=VALUE`, if there is one.
std::string word(const char* name, const std::string& value) {
  return value.empty() ? "" : std::string(" ") + name + '=' + printable(value);
}

std::string joined(const SessionInfo& session) {
  std::string text;
  for (const std::string& each : session.strangers)
    text.append(text.empty() ? "" : ",").append(each);
  if (session.more_strangers > 0) text += ",+" + std::to_string(session.more_strangers);
  return text;
}

}  // namespace

std::string Report::sign(Mark mark) const {
  const Sign& sign = signs[static_cast<std::size_t>(mark)];
  if (look_ == Look::plain) return std::string(1, sign.sign);
  return std::string("\x1b[") + sign.colour + 'm' + sign.sign + "\x1b[0m";
}

std::string Report::marks(const Verdicts& verdicts) const {
  std::string text = ' ' + printable(verdicts.plugin) + ':';
  for (const Mark mark : verdicts.marks) text += sign(mark);
  return text;
}

void Report::session(const SessionInfo& session) {
  std::printf("%-16s ", printable(session.id).c_str());
  if (!session.time.empty()) std::printf("%s  ", printable(session.time).c_str());
  std::string plugins = word("user", session.user) + word("refused", joined(session)) +
                        word("verdict", session.verdict);
  for (const Verdicts& verdicts : session.plugins) {
    plugins += marks(verdicts);
    for (const Mark mark : verdicts.marks)
      ++plugins_[verdicts.plugin][static_cast<std::size_t>(mark)];
  }
  std::printf("%-15s %-24s %-28s %" PRIu64 "/%" PRIu64 "/%" PRIu64 " %-8s%s\n",
              column(session.client).c_str(), column(session.helo).c_str(),
              column(session.sender).c_str(), session.messages, session.recipients, session.refused,
              column(session.end).c_str(), plugins.c_str());
  ++sessions_;
  if (session.end.empty()) ++unfinished_;
  messages_ += session.messages;
  recipients_ += session.recipients;
  refused_ += session.refused;
  octets_ += session.octets;
}

void Report::totals() const {
  std::printf("\n%" PRIu64 " sessions, %" PRIu64 " without an end; %" PRIu64 " messages, %" PRIu64
              " recipients accepted, %" PRIu64 " refused, %" PRIu64 " octets\n",
              sessions_, unfinished_, messages_, recipients_, refused_, octets_);
  if (strangers_ > 0) std::printf("%" PRIu64 " lines of others\n", strangers_);
  if (!plugins_.empty()) {
    std::printf("\n%-28s", "sessions by plugin");
    for (std::size_t i = 0; i < mark_count; ++i)
      std::printf("        %s", sign(static_cast<Mark>(i)).c_str());
    std::printf("\n");
  }
  for (const auto& [plugin, counts] : plugins_) {
    std::printf("%-28s", printable(plugin).c_str());
    for (const std::uint64_t count : counts) std::printf("%9" PRIu64, count);
    std::printf("\n");
  }
  std::printf(
      "\ncolumns: id, time, client, HELO, sender, messages/recipients/refused recipients, end, "
      "user=, refused= (senders), verdict=, plugins\nsigns:");
  for (std::size_t i = 0; i < mark_count; ++i)
    std::printf("   %s %s", sign(static_cast<Mark>(i)).c_str(), signs[i].name);
  std::printf("\n");
}

}  // namespace smtpd::log_tool
