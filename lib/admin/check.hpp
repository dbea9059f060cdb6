#pragma once
/// Parts of `--check`.
#include <string_view>

#include "lib/base/network.hpp"

namespace smtpd {

class Assembly;

/// Whose open resolver that is, `Google`; empty for others.
std::string_view public_resolver(const IpAddress& address);
/// Remarks on a public resolver where zones are configured that plugins read.
void look_at_resolver(Assembly& all);

/// Remarks on plugins in an odd order, listed twice, or without what they need.
void look_for_advice(Assembly& all);

}  // namespace smtpd
