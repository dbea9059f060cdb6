#pragma once
/// Files whole: read, and written.
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"

namespace smtpd {

/// What an open file has from where it stands, at most `most` octets; a pipe's first piece. Errors:
/// limit (it has more), io.
SMTPD_API std::expected<std::string, Error> read_whole(int fd, std::size_t most);

/// A whole regular file, from its beginning, at most `most` octets; of /dev/null nothing. With
/// O_NONBLOCK nothing is waited for. Errors: limit (it has more), io (also: it is another kind of
/// file).
SMTPD_API std::expected<std::string, Error> read_regular(int fd, std::size_t most = SIZE_MAX);
/// The error of what is no regular file.
SMTPD_API Error not_regular();

/// All of `octets`. Errors: io.
SMTPD_API std::expected<void, Error> write_all(int fd, std::string_view octets);

}  // namespace smtpd
