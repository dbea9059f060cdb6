#include "lib/smtp/result.hpp"

#include <array>

#include "lib/base/text.hpp"

namespace smtpd {
namespace {

struct Name {
  std::string_view name;
  Verdict verdict;
};
constexpr auto names = std::array{
    Name{"DECLINED", Verdict::declined},
    Name{"OK", Verdict::ok},
    Name{"DENY", Verdict::deny},
    Name{"DENYSOFT", Verdict::denysoft},
    Name{"DENY_DISCONNECT", Verdict::deny_disconnect},
    Name{"DENYSOFT_DISCONNECT", Verdict::denysoft_disconnect},
    Name{"DONE", Verdict::done},
    Name{"DENYHARD", Verdict::deny_disconnect},
};

}  // namespace

std::string_view to_string(Verdict verdict) {
  for (const Name& entry : names) {
    if (entry.verdict == verdict) return entry.name;
  }
  return "?";
}

std::optional<Verdict> to_verdict(std::string_view name) {
  for (const Name& entry : names) {
    if (equal_ignoring_case(entry.name, name)) return entry.verdict;
  }
  return {};
}

}  // namespace smtpd
