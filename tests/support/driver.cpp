#include "tests/support/driver.hpp"

#include <algorithm>

namespace smtpd::transcript {

bool is_only(const Transcript& transcript, std::string_view word) {
  return std::ranges::any_of(transcript.sections, [&](const Section& section) {
    return section.kind == Section::Kind::only && section.argument == word;
  });
}

bool has_step(const Transcript& transcript, bool (*matches)(const Step&)) {
  return std::ranges::any_of(transcript.sections, [&](const Section& section) {
    return std::ranges::any_of(section.steps, matches);
  });
}

}  // namespace smtpd::transcript
