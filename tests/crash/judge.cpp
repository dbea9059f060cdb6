#include "tests/crash/judge.hpp"

#include <algorithm>
#include <set>

namespace smtpd::crash {
namespace {

std::string name_of(const Message& message) {
  return message.text.substr(0, message.text.find('\n'));
}

std::ptrdiff_t count(const std::vector<std::vector<Delivery>>& answers, std::size_t message,
                     Delivery wanted) {
  return std::ranges::count_if(answers, [&](const std::vector<Delivery>& session) {
    return message < session.size() && session[message] == wanted;
  });
}

}  // namespace

std::vector<std::string> judge(const Scenario& scenario, const std::string& folder,
                               const std::vector<std::vector<Delivery>>& answers) {
  std::vector<std::string> wrong;
  std::set<std::string> all_places;
  for (const Message& message : scenario.messages) {
    for (const std::string& place : scenario.queue->places(message)) all_places.insert(place);
  }
  for (const std::string& place : all_places) {
    const std::vector<std::string> texts = scenario.queue->read(folder, place);
    std::size_t known = 0;
    for (std::size_t i = 0; i < scenario.messages.size(); ++i) {
      const Message& message = scenario.messages[i];
      const auto places = scenario.queue->places(message);
      const bool belongs = std::ranges::find(places, place) != places.end();
      const auto copies = std::ranges::count_if(texts, [&](const std::string& text) {
        return scenario.queue->is_whole(message, place, text);
      });
      known += static_cast<std::size_t>(copies);
      const auto accepted = belongs ? count(answers, i, Delivery::accepted) : 0;
      const auto unknown = belongs ? count(answers, i, Delivery::unknown) : 0;
      if (copies >= accepted && copies <= accepted + unknown) continue;
      wrong.push_back(place + ": " + std::to_string(copies) + " copies of '" + name_of(message) +
                      "', accepted " + std::to_string(accepted) + " times, without an answer " +
                      std::to_string(unknown) + " times");
    }
    if (known != texts.size()) wrong.push_back(place + ": a message that is not whole");
  }
  return wrong;
}

}  // namespace smtpd::crash
