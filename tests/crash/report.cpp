#include "tests/crash/report.hpp"

#include <algorithm>
#include <cstdio>
#include <thread>

namespace smtpd::crash {
namespace {

constexpr std::size_t most_shown = 20;  // failures; a broken server has hundreds

void show(const Outcome& outcome) {
  for (const std::string& line : outcome.dialogue) std::printf("    %s\n", line.c_str());
  if (outcome.left_waiting) std::puts("    (the connection was closed without a reply)");
  if (!outcome.ended.empty()) std::printf("    %s\n", outcome.ended.c_str());
  if (!outcome.log.empty()) std::printf("  log:\n%s", outcome.log.c_str());
}

}  // namespace

void Report::add(const std::string& title, const std::vector<std::string>& wrong,
                 const Outcome* outcome) {
  const std::lock_guard lock(mutex_);
  if (wrong.empty()) {
    ++passed_;
    return;
  }
  const std::size_t before = failed_++;
  if (until_ == Until::first_failure) {
    if (before == 0) std::printf("  caught, %s: %s\n", title.c_str(), wrong.front().c_str());
    return;
  }
  if (before >= most_shown) return;
  std::printf("crash: %s:\n", title.c_str());
  for (const std::string& what : wrong) std::printf("  >>> %s\n", what.c_str());
  if (outcome) show(*outcome);
  std::fflush(stdout);
}

void Report::skip(const std::string& what, const std::string& why) {
  const std::lock_guard lock(mutex_);
  ++skipped_;
  std::printf("crash: %s: skipped, %s\n", what.c_str(), why.c_str());
}

int Report::summary() const {
  std::printf("crash: %zu passed, %zu failed, %zu skipped\n", passed_, failed_.load(), skipped_);
  return failed_ == 0 ? 0 : 1;
}

void Report::in_parallel(unsigned jobs, std::size_t count,
                         const std::function<void(std::size_t)>& work) const {
  std::atomic<std::size_t> next = 0;
  std::vector<std::jthread> workers;
  for (unsigned i = 0; i < jobs; ++i) {
    workers.emplace_back([&] {
      for (std::size_t at = next++; at < count && !enough(); at = next++) work(at);
    });
  }
}

}  // namespace smtpd::crash
