#pragma once
/// What xclient tells of the client for which another mail server speaks.
#include "lib/plugin/notes.hpp"

namespace smtpd::note {

/// Of the connection: `NAME=value` of XFORWARD, for the next transaction.
inline constexpr NoteKey<std::vector<std::string>> xforward{"xforward"};

}  // namespace smtpd::note
