#pragma once
/// The client's side of TLS.
#include <expected>
#include <memory>

#include "lib/crypto/tls.hpp"

namespace smtpd::openssl {

/// See Crypto::tls_client.
std::expected<std::unique_ptr<TlsStream>, Error> connect(const TlsClient& how, io::Stream& server,
                                                         Deadline deadline);

}  // namespace smtpd::openssl
