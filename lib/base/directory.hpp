#pragma once
/// What the file system says of a path and of a directory.
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"

namespace smtpd {

/// stat(2) of the path, links followed; none, with errno, if it cannot be seen.
std::optional<struct stat> status_of(const std::string& path);

/// Why this user can make no file in the directory; empty if he can. One that is missing would be
/// made in the nearest directory above it.
SMTPD_API std::string why_not_writable(std::string directory);

/// Moves a file to `name` in an open directory, never over another file. 0 or errno, EEXIST if
/// there is one.
int move_without_replacing(const std::string& from, int directory, const std::string& name);

using Names = std::vector<std::string>;

/// The names in an open directory, in no order, without `.` and `..`; `most` of them at most.
/// Errors: io.
std::expected<Names, Error> names_in(int directory, std::size_t most = SIZE_MAX);
/// The same for a path. Errors: io, with the path.
SMTPD_API std::expected<Names, Error> names_in(const std::string& path,
                                               std::size_t most = SIZE_MAX);

}  // namespace smtpd
