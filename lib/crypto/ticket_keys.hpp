#pragma once
/// The keys of session tickets (RFC 8446 4.6.1, RFC 5077), which every process of a server shares
/// through a file and changes twice a day.
#include <expected>
#include <string>
#include <vector>

#include "lib/crypto/crypto.hpp"

namespace smtpd {

/// The keys in the file at `path`, the newest first. When that is twelve hours old, or there is no
/// file, one process makes a new one and keeps the two before it, with which the others go on until
/// they find the new one: every key here is in the file. None if the file was damaged and another
/// process is making it anew. A file that others may read is not used. Errors: io, permission.
std::expected<std::vector<std::string>, Error> ticket_keys(const std::string& path, Crypto& crypto,
                                                           const Clock& clock);

}  // namespace smtpd
