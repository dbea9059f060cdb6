#pragma once
/// Files whole: read, and written.
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"

namespace smtpd {

/// What an open file has from where it stands, at most `most` octets; a pipe's first piece. Errors:
/// limit (it has more), io.
SMTPD_API std::expected<std::string, Error> read_whole(int fd, std::size_t most);

/// All of `octets`. Errors: io.
SMTPD_API std::expected<void, Error> write_all(int fd, std::string_view octets);

}  // namespace smtpd
