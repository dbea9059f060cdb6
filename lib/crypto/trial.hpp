#pragma once
/// Whether anybody could speak TLS with a server, tried without a network. For an administrator;
/// no session needs it.
#include <string>

#include "lib/base/export.hpp"
#include "lib/crypto/tls.hpp"

/// What the module smtpd-crypto exports: a handshake of the first certificate with a client that
/// takes any version and cipher, and the groups of OpenSSL (a curve that is none of them fails).
/// Why it fails, or nothing; client certificates are not asked for.
extern "C" SMTPD_API std::string smtpd_tls_trial(const smtpd::TlsServer& how) noexcept;
