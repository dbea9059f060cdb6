#pragma once
/// How a plugin has a message dropped by discard_mail.
#include "lib/plugin/notes.hpp"

namespace smtpd::note {

/// Of the transaction: discard_mail drops the message.
inline constexpr NoteKey<bool> discard_mail{"discard_mail"};

}  // namespace smtpd::note
