#pragma once
/// What a log may show of an AUTH command: nothing behind its mechanism (RFC 4954 9).
#include <string>
#include <string_view>

namespace smtpd {

inline constexpr std::string_view hidden_credentials = "<hidden credentials>";

/// True if the line is AUTH or means to be: whatever stands before or behind the verb.
bool looks_like_auth(std::string_view line);
/// The line itself, or an AUTH line up to the name of its mechanism. What does not look like a
/// mechanism's name is hidden as well.
std::string without_credentials(std::string_view line);

}  // namespace smtpd
