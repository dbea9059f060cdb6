#include "tools/log/sessions.hpp"

#include <algorithm>

#include "lib/base/text.hpp"
#include "lib/services/log.hpp"

namespace smtpd::log_tool {
namespace {

constexpr std::size_t longest_name = 256, most_plugins = 64;

std::string bounded(std::string_view text) { return std::string(text.substr(0, longest_name)); }

/// What stands behind `start`; none if the text does not begin so.
std::optional<std::string_view> behind(std::string_view text, std::string_view start) {
  if (!starts_with_ignoring_case(text, start)) return {};
  return text.substr(start.size());
}

/// The path of a MAIL command with its angle brackets; empty if there is none.
std::string_view path_in(std::string_view text) {
  const auto open = text.find('<');
  const auto end = text.find('>', std::min(open, text.size()));
  return end == text.npos ? std::string_view() : text.substr(open, end - open + 1);
}

std::string_view without_ipv6(std::string_view literal) {
  return behind(literal, "IPv6:").value_or(literal);
}

/// `pass, client 192.0.2.7, mechanism plain, user anna`; what stands before the user is ours.
void learn_from_auth(SessionInfo& session, std::string_view text) {
  constexpr std::string_view user = ", user ";
  const auto at = text.find(user);
  if (text.starts_with("pass, ") && at != text.npos)
    session.user = bounded(text.substr(at + user.size()));
}

void learn_from_message(SessionInfo& session, const LogLine& line) {
  session.client = bounded(line.field("client"));
  session.sender = bounded(line.field("from"));
  if (!line.field("user").empty()) session.user = bounded(line.field("user"));
}

void learn_from_refusal(SessionInfo& session, const LogLine& line) {
  if (line.field("what") != "mail") return;
  constexpr std::size_t most = 3;
  const std::string address = bounded(line.field("address"));
  if (std::ranges::find(session.strangers, address) != session.strangers.end()) return;
  if (session.strangers.size() < most)
    session.strangers.push_back(address);
  else
    ++session.more_strangers;
}

void learn_from_core(SessionInfo& session, std::string_view text) {
  if (text.starts_with("Connection from ")) {
    const auto open = text.rfind('[');
    if (open != text.npos && text.ends_with(']'))
      session.client = bounded(without_ipv6(text.substr(open + 1, text.size() - open - 2)));
  } else if (const auto mail = behind(text, "dispatching MAIL FROM:")) {
    session.sender = bounded(path_in(*mail));
  } else if (const auto ehlo = behind(text, "dispatching EHLO ")) {
    session.helo = bounded(*ehlo);
  } else if (const auto helo = behind(text, "dispatching HELO ")) {
    session.helo = bounded(*helo);
  }
}

void learn_from_summary(SessionInfo& session, const LogLine& line) {
  const auto number = [&](const char* name) { return to_number(line.field(name)).value_or(0); };
  session.client = bounded(line.field("client"));
  session.helo = bounded(line.field("helo"));
  session.sender = bounded(line.field("from"));
  session.messages = number("messages");
  session.recipients = number("recipients");
  session.refused = number("refused");
  session.octets = number("bytes");
  session.verdict = bounded(line.field("verdict"));
  session.end = bounded(line.field("end"));
}

void add_mark(SessionInfo& session, std::string_view plugin, Mark mark) {
  auto found = std::ranges::find(session.plugins, plugin, &Verdicts::plugin);
  if (found == session.plugins.end()) {
    if (session.plugins.size() == most_plugins) return;
    found = session.plugins.insert(found, {bounded(plugin), {}});
  }
  if (std::ranges::find(found->marks, mark) == found->marks.end()) found->marks.push_back(mark);
}

}  // namespace

std::optional<Mark> mark_of(const LogLine& line) {
  if (line.plugin.empty()) return {};
  const std::string_view verdict = verdict_of(line.text);
  if (verdict == "pass") return Mark::pass;
  if (verdict == "skip") return Mark::skip;
  if (verdict == "error") return Mark::error;
  if (line.text.starts_with("would ")) return Mark::would;
  if (verdict != "fail") return {};
  if (line.text.starts_with("fail, tolerated")) return Mark::tolerated;
  return line.text.starts_with("fail, NAUGHTY") ? Mark::naughty : Mark::fail;
}

Sessions::Open::iterator Sessions::find(const LogLine& line, const std::string& key) {
  const auto known = by_key_.find(key);
  if (known != by_key_.end()) {
    open_.splice(open_.end(), open_, known->second);
    return known->second;
  }
  open_.push_back({.key = key, .id = line.session, .time = line.time, .number = ++begun_});
  return by_key_.emplace(key, std::prev(open_.end())).first->second;
}

SessionInfo Sessions::close(Open::iterator session) {
  SessionInfo info = std::move(*session);
  by_key_.erase(info.key);
  open_.erase(session);
  closed_[next_closed_++ % closed_.size()] = info.key;
  return info;
}

std::optional<SessionInfo> Sessions::add(const LogLine& line, Marking marking) {
  const std::string key = line.pid + ' ' + line.session;
  if (!by_key_.contains(key) && std::ranges::find(closed_, key) != closed_.end()) return {};
  const auto session = find(line, key);
  if (marking == Marking::yes) session->is_marked = true;
  using Kind = LogLine::Kind;
  if (line.kind == Kind::summary) {
    learn_from_summary(*session, line);
    return close(session);
  }
  if (line.kind == Kind::message) {
    learn_from_message(*session, line);
  } else if (line.kind == Kind::refused) {
    learn_from_refusal(*session, line);
  } else if (line.plugin == "auth") {
    learn_from_auth(*session, line.text);
  } else if (const auto mark = mark_of(line)) {
    add_mark(*session, line.plugin, *mark);
  } else if (line.plugin.empty()) {
    learn_from_core(*session, line.text);
  }
  return open_.size() > most_open ? std::optional(close(open_.begin())) : std::nullopt;
}

std::vector<SessionInfo> Sessions::take_rest() {
  std::vector<SessionInfo> rest(std::make_move_iterator(open_.begin()),
                                std::make_move_iterator(open_.end()));
  open_.clear();
  by_key_.clear();
  std::ranges::sort(rest, {}, &SessionInfo::number);
  return rest;
}

}  // namespace smtpd::log_tool
