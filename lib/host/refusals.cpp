#include "lib/host/refusals.hpp"

namespace smtpd {

void Refusals::record(Hook hook, std::string_view plugin, Verdict verdict) {
  last_ = plugin;
  for (Entry& entry : entries_) {
    if (entry.hook == hook && entry.verdict == verdict && entry.plugin == plugin) {
      ++entry.count;
      return;
    }
  }
  if (entries_.size() < most_kinds) {
    entries_.push_back({hook, plugin, verdict, 1});
  } else {
    ++others_;
  }
}

std::string Refusals::text() const {
  std::string text;
  for (const Entry& entry : entries_) {
    if (!text.empty()) text += ',';
    text.append(to_string(entry.hook)).append("/").append(entry.plugin).append("/");
    text.append(to_string(entry.verdict));
    if (entry.count > 1) text.append("*").append(std::to_string(entry.count));
  }
  if (others_ > 0) text.append(",+").append(std::to_string(others_));
  return text;
}

}  // namespace smtpd
