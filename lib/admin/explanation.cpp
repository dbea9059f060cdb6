#include "lib/admin/explanation.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "lib/base/text.hpp"

namespace smtpd {
namespace {

constexpr std::size_t detail_indent = 8;

/// Those that only look on, or that answer what is asked a hundred times.
bool is_of_interest(std::string_view hook) {
  constexpr std::array<std::string_view, 6> silent{"logging", "config", "user_config",
                                                   "deny",    "ok",     "capabilities"};
  return std::ranges::find(silent, hook) == silent.end();
}

std::string_view code_of(Page::Paint paint) {
  switch (paint) {
    case Page::Paint::red: return "\x1b[31m";
    case Page::Paint::yellow: return "\x1b[33m";
    case Page::Paint::green: return "\x1b[32m";
    case Page::Paint::bold: return "\x1b[1m";
    case Page::Paint::plain: break;
  }
  return "";
}

Page::Paint paint_of(std::string_view verdict) {
  if (verdict.starts_with("DENYSOFT")) return Page::Paint::yellow;
  if (verdict.starts_with("DENY")) return Page::Paint::red;
  return verdict == "OK" ? Page::Paint::green : Page::Paint::plain;
}

/// `0.3 ms`.
std::string milliseconds_of(std::chrono::nanoseconds took) {
  std::array<char, 32> text{};
  const double ms = std::chrono::duration<double, std::milli>(took).count();
  const int length = std::snprintf(text.data(), text.size(), "%.1f ms", ms);
  return {text.data(), static_cast<std::size_t>(std::max(length, 0))};
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size() + 1, width), ' ');
  return text;
}

}  // namespace

std::string short_place(std::string_view place) {
  const auto slash = place.rfind('/');
  const auto user = place.find("/user/");
  if (user != place.npos) return std::string(place.substr(user + 1));
  return std::string(slash == place.npos ? place : place.substr(slash + 1));
}

void Page::line(std::size_t indent, std::string_view text, Paint paint) {
  const std::string safe = printable(text);
  std::string_view rest = safe;
  const std::string_view code = in_colours_ ? code_of(paint) : "";
  do {
    const std::size_t room = width - indent;
    std::size_t length = std::min(rest.size(), room);
    if (length < rest.size()) {
      const auto blank = rest.rfind(' ', room);
      if (blank != rest.npos && blank > 0) length = blank;
    }
    text_.append(indent, ' ').append(code).append(rest.substr(0, length));
    text_.append(code.empty() ? "" : "\x1b[0m") += '\n';
    rest.remove_prefix(length);
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    if (indent < detail_indent + 2) indent += 2;
  } while (!rest.empty());
}

Explanation::Snapshot Explanation::notes() const {
  Snapshot all;
  const auto add = [&](std::string_view whose, const Notes& notes) {
    for (const std::string& name : notes.names())
      all.emplace(std::string(whose) + name, notes.text(name).value_or(""));
  };
  add("", session_.conn.notes);
  if (const Transaction* const txn = session_.transaction()) add("transaction's ", txn->notes);
  return all;
}

void Explanation::begins(const Handler& handler) {
  running_.push_back({.hook = std::string(handler.hook),
                      .plugin = std::string(handler.plugin),
                      .place = short_place(handler.place),
                      .verdict = {},
                      .text = {},
                      .began = session_.clock.now(),
                      .before = notes()});
}

void Explanation::add_changes(Run& run) const {
  const Snapshot after = notes();
  for (const auto& [name, value] : after) {
    const auto old = run.before.find(name);
    if (old != run.before.end() && old->second == value) continue;
    run.lines.push_back("note " + name + ": " + value +
                        (old == run.before.end() ? "" : " (was " + old->second + ')'));
  }
  for (const auto& [name, value] : run.before) {
    if (!after.contains(name)) run.lines.push_back("note " + name + " is gone");
  }
}

void Explanation::ends() {
  Run run = std::move(running_.back());
  running_.pop_back();
  run.took = session_.clock.now() - run.began;
  if (running_.empty()) add_changes(run);
  done_.push_back(std::move(run));
}

void Explanation::answered(std::string_view verdict, std::string_view text) {
  if (done_.empty()) return;
  Run& run = done_.back();
  run.verdict = verdict;
  run.text = text;
  if (verdict.starts_with("DENY")) reason_ = {run.plugin, run.place, run.found};
}

void Explanation::found(std::string_view place, std::string_view what) {
  if (running_.empty()) return;
  Run& run = running_.back();
  run.found = short_place(place);
  run.found.append(place.empty() ? "" : ": ").append(what);
  run.lines.push_back(run.found);
}

void Explanation::left_out(std::string_view what) {
  const std::string line = "would " + std::string(what);
  if (!running_.empty()) running_.back().lines.push_back(line);
}

void Explanation::routed(std::string_view recipient, std::string_view plugin,
                         std::span<const std::string> places) {
  std::string line = std::string(recipient) + ": ";
  line += plugin.empty() ? "no plugin would take it" : plugin;
  for (const std::string& place : places) line.append(", ").append(place);
  flush();
  print(4, line);
  routes_.push_back(std::move(line));
}

void Explanation::logged(const LogRecord& record) {
  if (running_.empty()) {
    if (record.level <= Level::warn) remark(record.text);
    return;
  }
  if (!record.plugin.empty()) running_.back().lines.push_back("log: " + std::string(record.text));
}

void Explanation::flush() {
  constexpr std::size_t hook_width = 18, plugin_width = 26, place_width = 16, verdict_width = 20;
  for (const Run& run : std::exchange(done_, {})) {
    if (!is_of_interest(run.hook) || (run.verdict.empty() && run.lines.empty())) continue;
    print(4,
          padded(run.hook, hook_width) + padded(run.plugin, plugin_width) +
              padded(run.place, place_width) + padded(run.verdict, verdict_width) +
              milliseconds_of(run.took),
          paint_of(run.verdict));
    for (const std::string& line : run.lines) print(detail_indent, line);
    if (!run.text.empty()) print(detail_indent, "says: " + run.text);
  }
}

void Explanation::mute(bool is_muted) {
  flush();
  is_muted_ = is_muted;
}

void Explanation::step(std::string_view what) {
  flush();
  reason_ = {};
  print(0, what, Page::Paint::bold);
}

void Explanation::reply(std::string_view text) {
  flush();
  for (std::string_view line : split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const auto paint = line[0] == '5'   ? Page::Paint::red
                       : line[0] == '4' ? Page::Paint::yellow
                                        : Page::Paint::green;
    print(2, line, paint);
  }
}

void Explanation::remark(std::string_view text) {
  flush();
  print(2, "(" + std::string(text) + ")");
}

}  // namespace smtpd
