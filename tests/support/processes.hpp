#pragma once
/// Processes that do the same thing at the same time.
#include <functional>
#include <set>
#include <string>

namespace smtpd::transcript {

/// Starts `count` processes that wait for each other and then call `make`. Returns what they made,
/// at most 4096 octets each, equal ones once.
std::set<std::string> all_at_once(int count, const std::function<std::string()>& make);

}  // namespace smtpd::transcript
