#pragma once
/// Secrets that every process of a server shares through a file of its own.
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "lib/crypto/crypto.hpp"

namespace smtpd {

/// The first `most` octets of the file at `path`, which nobody else may read; empty if there is
/// none. Errors: io, permission.
std::expected<std::string, Error> read_private_file(const std::string& path, std::size_t most);
/// Puts a file with these octets at `path`, mode 0600, all of it or none: several processes may do
/// it at the same time, and the last one stays. Errors: io.
std::expected<void, Error> write_private_file(const std::string& path, std::string_view octets);

/// 32 random octets that the file at `path` keeps for good; made when there is none. Errors: io,
/// permission.
std::expected<std::string, Error> lasting_key(const std::string& path, Crypto& crypto);

}  // namespace smtpd
