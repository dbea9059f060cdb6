#include "lib/smtp/dsn.hpp"

#include <utility>

namespace smtpd::dsn {
namespace {

int class_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::deny:
    case Verdict::deny_disconnect: return 5;
    case Verdict::ok:
    case Verdict::done: return 2;
    default: return 4;
  }
}

}  // namespace

Result Status::operator()(std::string own_text, std::optional<Verdict> own_verdict) const {
  Result result{own_verdict.value_or(verdict), std::move(own_text), {}};
  if (result.text.empty()) result.text = text;
  // What an administrator has written with a code of its own keeps it.
  if (result.text.ends_with(')') && result.text.rfind(" (#") != result.text.npos) return result;
  result.text += " (#" + std::to_string(class_of(result.verdict)) + '.' + std::to_string(subject) +
                 '.' + std::to_string(detail) + ')';
  return result;
}

Result trouble(std::string text, const Error& error) {
  return error.code == Errc::no_room ? sys_disk_full(std::move(text))
                                     : sys_unspecified(std::move(text));
}

}  // namespace smtpd::dsn
