#pragma once
/// Parts of `--check`.

namespace smtpd {

class Assembly;

/// Remarks on plugins in an odd order, listed twice, or without what they need.
void look_for_advice(Assembly& all);

}  // namespace smtpd
