#pragma once
/// What whitelist tells, beside the notes that make a client immune (lib/plugin/checker.hpp).
#include "lib/plugin/notes.hpp"

namespace smtpd::note {

/// Of the connection: the client's address, its HELO name is listed.
inline constexpr NoteKey<bool> whitelistclient{"whitelistclient"};
inline constexpr NoteKey<bool> whitelisthelo{"whitelisthelo"};
/// Of the transaction: how many of its recipients are listed.
inline constexpr NoteKey<std::int64_t> whitelistrcpt{"whitelistrcpt"};

}  // namespace smtpd::note
