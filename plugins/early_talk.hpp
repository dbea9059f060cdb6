#pragma once
/// What earlytalker and pipeline_sync have in common: the client that does not wait for its turn.
#include <cstdint>
#include <string_view>

#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// Notes of the connection.
namespace note {
inline constexpr NoteKey<bool> earlytalker{"earlytalker"};  // it has talked early -> earlytalker
inline constexpr NoteKey<std::int64_t> earlytalker_wait{
    "earlytalker_wait"};  // anyone -> earlytalker: seconds
inline constexpr NoteKey<std::int64_t> karma_history{
    "karma_history"};  // anyone -> earlytalker: the higher, the better
}  // namespace note

inline constexpr std::string_view early_talk_text =
    "Connecting host started transmitting before SMTP greeting";

/// True if the client talks within `wait`; it is noted on the connection then. A wait of 0 looks
/// once at what has come already.
inline bool talks_early(PluginContext& ctx, milliseconds wait) {
  if (!ctx.conversation().client_talks(wait)) return false;
  const bool greeted = ctx.connection().greeted != Greeted::no;
  if (!greeted && ctx.conversation().greets_early()) return false;
  ctx.connection().notes.set(note::earlytalker, true);
  return true;
}

}  // namespace smtpd
