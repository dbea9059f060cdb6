#include "lib/plugin/notes.hpp"

namespace smtpd {

void Notes::set_value(std::string_view name, Value value) {
  const auto known = values_.find(name);
  if (known != values_.end()) {
    known->second = std::move(value);
  } else {
    values_.emplace(name, std::move(value));
  }
}

// The core sets one with each command: into the memory that it has.
void Notes::set_text(std::string_view name, std::string_view text) {
  const auto known = values_.find(name);
  const auto old = known == values_.end() ? nullptr : std::get_if<std::string>(&known->second);
  if (old)
    *old = text;
  else
    set_value(name, std::string(text));
}

const Notes::Value* Notes::find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

void Notes::erase(std::string_view name) {
  const auto found = values_.find(name);
  if (found != values_.end()) values_.erase(found);
}

std::optional<std::string> Notes::text(std::string_view name) const {
  const Value* value = find(name);
  if (!value) return {};
  if (const bool* flag = std::get_if<bool>(value)) return std::string(*flag ? "1" : "0");
  if (const auto* number = std::get_if<std::int64_t>(value)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(value)) return *text;
  std::string joined;
  for (const std::string& part : std::get<std::vector<std::string>>(*value)) {
    if (!joined.empty()) joined += "; ";
    joined += part;
  }
  return joined;
}

std::vector<std::string> Notes::names() const {
  std::vector<std::string> names;
  names.reserve(values_.size());
  for (const auto& [name, value] : values_) names.push_back(name);
  return names;
}

}  // namespace smtpd
