#pragma once
/// The server's side of TLS: certificates, names, tickets, callbacks.
#include <expected>
#include <memory>

#include "lib/crypto/tls.hpp"

namespace smtpd::openssl {

/// Reads the files. Errors: io, permission, config.
std::expected<std::unique_ptr<TlsAcceptor>, Error> make_acceptor(const TlsServer& how);

}  // namespace smtpd::openssl
