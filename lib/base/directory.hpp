#pragma once
/// What the file system says of a path and of a directory. All of it goes through the few functions
/// that a session calls anyway: each further one that the binary imports is sought at every start.
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/error.hpp"

namespace smtpd {

/// stat(2) of the path, links followed; none, with errno, if it cannot be seen.
std::optional<struct stat> status_of(const std::string& path);

/// unlink(2).
int remove_file(const std::string& path) noexcept;

using Names = std::vector<std::string>;

/// The names in an open directory, in no order, without `.` and `..`; `most` of them at most.
/// Errors: io.
std::expected<Names, Error> names_in(int directory, std::size_t most = SIZE_MAX);
/// The same for a path. Errors: io, with the path.
std::expected<Names, Error> names_in(const std::string& path, std::size_t most = SIZE_MAX);

}  // namespace smtpd
