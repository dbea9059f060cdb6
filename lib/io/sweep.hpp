#pragma once
/// Removes what killed processes have left behind (maildir(5): after 36 hours).
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/clock.hpp"

namespace smtpd::io {

/// What nobody has changed for so long belongs to no living process.
inline constexpr std::chrono::hours sweep_age{36};

/// True for about one session in a hundred: in the milliseconds of the clock that a hundred
/// divides.
bool sweep_is_due(const Clock& clock);

/// What follows in `name` behind `form`, in which # stands for digits: `#:#` fits `12:345rest`.
/// None if it does not fit.
std::optional<std::string_view> rest_behind(std::string_view name, std::string_view form);

enum class Sweep { files, files_and_directories };
struct Leftovers {
  std::string directory;                        ///< only itself is looked at; it may not be a link
  bool (*is_ours)(std::string_view) = nullptr;  ///< of a name
  Sweep kinds = Sweep::files;                   ///< links and all other kinds stay
  WallTime before = {};                         ///< what was changed then or later stays
};
/// Returns how many entries were removed, a directory with all in it being one. At most 10,000
/// names are looked at and 1,000 entries removed. What cannot be removed stays.
std::size_t sweep(const Leftovers& leftovers);

}  // namespace smtpd::io
