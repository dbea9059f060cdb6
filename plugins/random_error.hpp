#pragma once
/// How a plugin changes what random_error does to this connection.
#include "lib/plugin/notes.hpp"

namespace smtpd::note {

/// Of the connection: how many of a hundred messages fail. random_error sets it if nobody has.
inline constexpr NoteKey<std::int64_t> random_fail_percent{"random_fail_%"};

}  // namespace smtpd::note
