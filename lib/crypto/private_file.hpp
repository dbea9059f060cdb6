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
/// What becomes of a file that is there: it stays, or it goes.
enum class Existing { stays, goes };
/// Puts a file with these octets at `path`, mode 0600, all of it or none. Several processes may do
/// it at the same time; with Existing::stays the first one's file counts for all, who read it then,
/// else the last one's. Errors: io.
std::expected<void, Error> write_private_file(const std::string& path, std::string_view octets,
                                              Existing existing);

/// 32 random octets that the file at `path` keeps for good; made when there is none. Errors: io,
/// permission.
std::expected<std::string, Error> lasting_key(const std::string& path, Crypto& crypto);

}  // namespace smtpd
