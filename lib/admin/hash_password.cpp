/// `--hash-password`.
#include <unistd.h>

#include "lib/admin/admin.hpp"
#include "lib/base/base64.hpp"
#include "lib/crypto/crypt.hpp"
#include "lib/smtp/scram.hpp"

namespace smtpd {
namespace {

constexpr std::uint32_t iterations = 10000;
constexpr std::size_t salt_octets = 16;

/// Up to the first line end.
std::string read_password() {
  constexpr std::size_t most = 4096;
  std::string text;
  char octet = 0;
  while (text.size() < most && ::read(STDIN_FILENO, &octet, 1) == 1 && octet != '\n') text += octet;
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

std::expected<std::string, Error> verifier(Services& services, Digest digest,
                                           const std::string& password) {
  const auto crypto = services.crypto.get();
  if (!crypto) return std::unexpected(crypto.error());
  auto salt = (*crypto)->random(salt_octets);
  if (!salt) return salt;
  const sasl::ScramSalt salted{.salt = *std::move(salt), .iterations = iterations};
  const auto keys = sasl::scram_keys(**crypto, digest, password, salted);
  if (!keys) return std::unexpected(keys.error());
  return std::to_string(iterations) + ',' + to_base64(salted.salt) + ',' +
         to_base64(keys->stored_key) + ',' + to_base64(keys->server_key);
}

}  // namespace

Printout hash_password(Services& services, std::string_view form) {
  constexpr int exit_trouble = 111;
  const std::string password = read_password();
  if (password.empty() || password.find('\0') != password.npos)
    return {.exit_code = exit_trouble,
            .complaints = "smtpd: there is no password on standard input\n"};
  const bool sha_1 = form == "scram-sha-1";
  const auto hash = form == "crypt"
                        ? smtpd::hash_password(password)
                        : verifier(services, sha_1 ? Digest::sha1 : Digest::sha256, password);
  if (!hash) return {.exit_code = exit_trouble, .complaints = "smtpd: " + hash.error().what + '\n'};
  const std::string_view name = form == "crypt" ? "{CRYPT}"
                                : sha_1         ? "{SCRAM-SHA-1}"
                                                : "{SCRAM-SHA-256}";
  return {.output = std::string(name) + *hash + '\n'};
}

}  // namespace smtpd
