#include "lib/services/dns_cache.hpp"

#include <algorithm>
#include <utility>

namespace smtpd::dns {

void Cache::put(const Question& question, Answer answer) {
  if (!entries_.contains(question)) make_room();
  const SteadyTime expires = answer.has_failed()
                                 ? SteadyTime::max()
                                 : clock_.now() + std::clamp(answer.ttl, least_ttl, longest_ttl);
  entries_.insert_or_assign(question, Entry{.answer = std::move(answer), .expires = expires});
}

const Answer* Cache::find(const Question& question, Use use) {
  const auto found = entries_.find(question);
  if (found == entries_.end()) return nullptr;
  Entry& entry = found->second;
  if (entry.is_taken && clock_.now() >= entry.expires) {
    entries_.erase(found);
    return nullptr;
  }
  if (use == Use::take) entry.is_taken = true;
  return &entry.answer;
}

void Cache::forget_failures() {
  std::erase_if(entries_, [](const auto& each) { return each.second.answer.has_failed(); });
}

void Cache::make_room() {
  if (entries_.size() < most) return;
  entries_.erase(
      std::ranges::min_element(entries_, {}, [](const auto& each) { return each.second.expires; }));
}

}  // namespace smtpd::dns
