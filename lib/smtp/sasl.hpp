#pragma once
/// What clients send inside AUTH, taken apart: no decision is made here. PLAIN (RFC 4616), CRAM-MD5
/// (RFC 2195), and what is common to all (RFC 4422, RFC 4954).
#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"

namespace smtpd::sasl {

/// Octets of a user's name that are looked at (RFC 4616 2 has 255 as the least to accept).
inline constexpr std::size_t longest_name = 255;

/// The argument of AUTH. Views into it.
struct Command {
  std::string_view mechanism;                    ///< as the client wrote it
  std::optional<std::string_view> initial = {};  ///< the initial response, still encoded
};
/// Errors: syntax.
SMTPD_API std::expected<Command, Error> parse_command(std::string_view argument);

/// An initial response decoded; `=` stands for an empty one (RFC 4954 4). Errors: syntax.
SMTPD_API std::expected<std::string, Error> decode_initial(std::string_view text);

/// A name that may be handed to plugins, written to logs and header fields: not empty, not too
/// long, without control octets.
SMTPD_API bool is_name(std::string_view name);

/// RFC 4616: authzid NUL authcid NUL passwd.
struct Plain {
  std::string authorization;  ///< whom the client wants to act as; may be empty
  std::string user, password;
};
/// Errors: syntax (not two NULs).
SMTPD_API std::expected<Plain, Error> parse_plain(std::string_view message);

/// RFC 2195: the user, a blank, 32 digits.
struct CramMd5 {
  std::string user;
  std::string digest;  ///< lower case
};
/// Errors: syntax.
SMTPD_API std::expected<CramMd5, Error> parse_cram_md5(std::string_view message);

/// A bearer token of OAuth 2 (RFC 6750) and who it is for.
struct Token {
  std::string user, token;
};
/// RFC 7628 3.1. The user may be empty. Errors: syntax.
SMTPD_API std::expected<Token, Error> parse_oauthbearer(std::string_view message);
/// Google's and Microsoft's form from before RFC 7628. Errors: syntax.
SMTPD_API std::expected<Token, Error> parse_xoauth2(std::string_view message);

/// True for what MAIL may carry behind `AUTH=`: `<>`, or a mailbox in xtext (RFC 4954 5, RFC 3461
/// 4).
SMTPD_API bool is_submitter(std::string_view value);

/// A saslname of RFC 5801 and RFC 5802: `=2C` and `=3D` stand for a comma and `=`; none if it is
/// empty or malformed.
SMTPD_API std::optional<std::string> decode_name(std::string_view text);

}  // namespace smtpd::sasl
