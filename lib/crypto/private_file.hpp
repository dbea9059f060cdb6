#pragma once
/// Secrets that every process of a server shares through a file of its own.
#include <cstddef>
#include <expected>
#include <functional>
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

/// What all processes of a server keep in a file of theirs.
struct SharedFile {
  std::string path;
  std::size_t most;                                      ///< octets
  std::function<bool(std::string_view octets)> is_good;  ///< false: others have to take their place
  /// What takes the place of these octets, which are none at first. Errors: those of the
  /// cryptography.
  std::function<std::expected<std::string, Error>(std::string_view octets)> renew;
};
/// What the file holds, renewed if need be. Of several processes that find it is to be renewed one
/// does it, and the others go on with what they have read, good or not, until they find the new
/// one. Errors: io, permission.
std::expected<std::string, Error> read_shared(const SharedFile& file);

/// 32 random octets that the file at `path` keeps for good; made when there is none. Errors: io,
/// permission.
std::expected<std::string, Error> lasting_key(const std::string& path, Crypto& crypto);

}  // namespace smtpd
