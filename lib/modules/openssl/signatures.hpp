#pragma once
/// Signatures and their verification.
#include "lib/crypto/crypto.hpp"

namespace smtpd::openssl {

/// See Crypto::sign and Crypto::verify.
Crypto::Octets sign(Signing kind, const std::string& key, std::string_view octets);
std::expected<bool, Error> verify(Signing kind, std::string_view key, std::string_view octets,
                                  std::string_view signature);

}  // namespace smtpd::openssl
