#pragma once
/// SCRAM (RFC 5802, RFC 7677): its messages taken apart, and the server's arithmetic.
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/crypto/crypto.hpp"

namespace smtpd::sasl {

/// A salt and a number of rounds that the server keeps for a user, or makes up.
struct ScramSalt {
  std::string salt;                 ///< octets
  std::uint32_t iterations = 4096;  ///< RFC 5802 5.1: at least
};
/// What the server keeps in place of the password.
struct ScramKeys {
  std::string stored_key, server_key;  ///< octets
};

/// What a client says about channel binding (RFC 5802 7, gs2-cbind-flag).
enum class ScramBinding : std::uint8_t {
  unknown,    ///< `n`: it does not do it
  unoffered,  ///< `y`: it would, and takes the server for one that does not
  used,       ///< `p`
};

/// client-first-message.
struct ScramFirst {
  ScramBinding binding = ScramBinding::unknown;
  std::string channel;        ///< the name of what is bound to, as in `p=tls-exporter`
  std::string header;         ///< the gs2-header, which the last message repeats
  std::string authorization;  ///< whom the client wants to act as; may be empty
  std::string user;
  std::string nonce;
  std::string bare;  ///< the message without its header
};
/// Errors: syntax.
SMTPD_API std::expected<ScramFirst, Error> parse_scram_first(std::string_view message);

/// client-final-message.
struct ScramFinal {
  std::string binding;        ///< decoded: the header of the first message, what is bound to
  std::string nonce;          ///< of both sides
  std::string proof;          ///< octets
  std::string without_proof;  ///< the message up to `,p=`
};
/// Errors: syntax.
SMTPD_API std::expected<ScramFinal, Error> parse_scram_final(std::string_view message);

/// server-first-message.
SMTPD_API std::string scram_challenge(std::string_view nonce, const ScramSalt& salt);

/// What is kept for a password. Errors: those of Crypto.
SMTPD_API std::expected<ScramKeys, Error> scram_keys(Crypto& crypto, Digest digest,
                                                     std::string_view password,
                                                     const ScramSalt& salt);

/// All that both sides have said, and how they agree.
struct ScramExchange {
  const ScramFirst& first;
  const ScramFinal& final;
  std::string_view challenge;   ///< the server's message between them
  std::string_view nonce;       ///< of both sides, as the server sent it
  std::string_view bound = {};  ///< what the channel has for it; empty without channel binding
};
/// The server-final-message, `v=...`, if the client has proved that it knows the password; an empty
/// text if not. Errors: those of Crypto.
SMTPD_API std::expected<std::string, Error> scram_verdict(Crypto& crypto, Digest digest,
                                                          const ScramKeys& keys,
                                                          const ScramExchange& said);

}  // namespace smtpd::sasl
