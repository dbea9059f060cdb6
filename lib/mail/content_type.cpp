#include <algorithm>
#include <optional>
#include <utility>

#include "lib/base/hex.hpp"
#include "lib/base/text.hpp"
#include "lib/mail/mime.hpp"

namespace smtpd {
namespace {

/// A parameter as it is written: `boundary`, or a section of one, `boundary*1*` (RFC 2231 3, 4).
struct Section {
  std::string name = {};
  std::uint64_t number = 0;
  bool is_encoded = false;
  std::string value = {};
  std::size_t place = 0;  // among all sections
};

/// Takes a quoted string off the front; without a final quote it goes to the end.
std::string take_quoted(std::string_view& text) {
  std::string value;
  text.remove_prefix(1);
  while (!text.empty() && text.front() != '"') {
    if (text.front() == '\\' && text.size() > 1) text.remove_prefix(1);
    if (text.front() != '\n') value += text.front();  // a fold
    text.remove_prefix(1);
  }
  return value;
}

/// What the name says of a section; `value` as it is written.
Section to_section(std::string_view name, std::string value) {
  Section section{.name = lower(name), .value = std::move(value)};
  const auto star = name.find('*');
  if (star == name.npos) return section;
  section.name.resize(star);
  std::string_view rest = name.substr(star + 1);
  section.is_encoded = rest.empty() || rest.ends_with('*');
  if (rest.ends_with('*')) rest.remove_suffix(1);
  section.number = to_number(rest).value_or(0);
  if (!section.is_encoded) return section;
  std::string_view text = section.value;
  const auto language = text.find('\''),
             end = language == text.npos ? text.npos : text.find('\'', language + 1);
  if (section.number == 0 && end != text.npos) text.remove_prefix(end + 1);  // CHARSET'LANGUAGE'
  section.value = percent_decoded(text);
  return section;
}

/// Takes the next parameter off the front of what follows a semicolon; none if it has no value.
std::optional<Section> take_section(std::string_view& text) {
  const auto end = text.find_first_of("=;\"");
  const std::string_view name = trim(text.substr(0, end));
  text.remove_prefix(std::min(end, text.size()));
  std::string value;
  const bool has_value = text.starts_with('=');
  if (has_value) {
    text = trim(text.substr(1));
    value = text.starts_with('"') ? take_quoted(text) : trim(text.substr(0, text.find(';')));
  }
  const auto next = text.find(';');
  text.remove_prefix(next == text.npos ? text.size() : next + 1);
  if (!has_value || name.empty()) return {};
  return to_section(name, std::move(value));
}

/// Without comments in front, and without what follows the word.
std::string_view type_word(std::string_view text) {
  text = trim(text);
  while (text.starts_with('(')) {
    const auto end = text.find(')');
    text = end == text.npos ? "" : trim(text.substr(end + 1));
  }
  return text.substr(0, text.find_first_of(" \t\r\n("));
}

}  // namespace

std::string_view ContentType::parameter(std::string_view name) const {
  const auto found = std::ranges::find(parameters, name, &Parameter::name);
  return found == parameters.end() ? std::string_view() : std::string_view(found->value);
}

ContentType parse_content_type(std::string_view value) {
  ContentType content;
  const auto semicolon = value.find(';');
  const std::string_view whole = value.substr(0, semicolon), type = type_word(whole);
  const auto slash = type.find('/');
  const bool is_type = slash != type.npos && slash > 0 && slash + 1 < type.size() &&
                       std::ranges::count(whole, '/') == 1;
  if (is_type) content.type = lower(type);
  if (semicolon == value.npos) return content;
  value.remove_prefix(semicolon + 1);
  std::vector<Section> sections;
  while (!value.empty()) {
    auto section = take_section(value);
    if (!section) continue;
    section->place = sections.size();
    sections.push_back(*std::move(section));
  }
  std::ranges::sort(sections, {},
                    [](const Section& each) { return std::pair(each.number, each.place); });
  for (Section& section : sections) {
    const auto there =
        std::ranges::find(content.parameters, section.name, &ContentType::Parameter::name);
    if (there == content.parameters.end()) {
      content.parameters.push_back({std::move(section.name), std::move(section.value)});
    } else if (section.number > 0) {
      there->value += section.value;
    }
  }
  return content;
}

}  // namespace smtpd
