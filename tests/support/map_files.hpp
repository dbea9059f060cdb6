#pragma once
/// Maps for tests, made by the programs that administrators make them with.
#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace smtpd::transcript {

/// Keys and values, any octets.
using MapEntries = std::vector<std::pair<std::string, std::string>>;

/// Makes FILE.cdb with cdb (tinycdb), FILE.lmdb with mdb_load (lmdb-utils), in place of one that is
/// there. Errors: a sentence.
std::expected<void, std::string> make_map(const std::string& path, const MapEntries& entries);

}  // namespace smtpd::transcript
