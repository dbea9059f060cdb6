#include "tests/support/driver.hpp"

#include <algorithm>

namespace smtpd::transcript {

bool is_only(const Transcript& transcript, std::string_view word) {
  return std::ranges::any_of(transcript.sections, [&](const Section& section) {
    return section.kind == Section::Kind::only && section.argument == word;
  });
}

bool needs_modules(const Transcript& transcript) {
  return std::ranges::any_of(transcript.sections, [](const Section& section) {
    return section.kind == Section::Kind::config &&
           std::ranges::any_of(section.lines, [](const Line& line) {
             return line.text.find("${plugins}") != line.text.npos;
           });
  });
}

bool has_step(const Transcript& transcript, bool (*matches)(const Step&)) {
  return std::ranges::any_of(transcript.sections, [&](const Section& section) {
    return std::ranges::any_of(section.steps, matches);
  });
}

}  // namespace smtpd::transcript
