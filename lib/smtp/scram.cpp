#include "lib/smtp/scram.hpp"

#include <algorithm>
#include <optional>

#include "lib/base/base64.hpp"
#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"
#include "lib/smtp/sasl.hpp"

namespace smtpd::sasl {
namespace {

constexpr std::size_t longest_nonce = 160;  // so that a challenge is one line (RFC 5321 4.5.3.1.5)
constexpr std::size_t longest_channel = 64;

std::unexpected<Error> syntax(const char* what) {
  return std::unexpected(Error{Errc::syntax, what});
}

/// The value of the attribute that `text` is; none if it is another.
std::optional<std::string_view> value_of(std::string_view text, char name) {
  if (text.size() < 2 || text[0] != name || text[1] != '=') return {};
  return text.substr(2);
}

bool is_nonce(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f' && c != ','; });
}

/// RFC 5802 7, cb-name.
bool is_channel(std::string_view text) {
  return !text.empty() && text.size() <= longest_channel &&
         std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '.' || c == '-'; });
}

/// Takes the part up to the next comma off `text`; all of it if there is none.
std::string_view take_part(std::string_view& text) {
  const auto end = std::min(text.find(','), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

}  // namespace

std::expected<ScramFirst, Error> parse_scram_first(std::string_view message) {
  if (!is_utf8(message)) return syntax("it is not UTF-8");
  if (std::ranges::count(message, ',') < 3) return syntax("it is no first message of SCRAM");
  ScramFirst first;
  std::string_view rest = message;
  const std::string_view flag = take_part(rest);
  if (const auto channel = value_of(flag, 'p')) {
    if (!is_channel(*channel)) return syntax("its channel binding has no name");
    first.binding = ScramBinding::used;
    first.channel = *channel;
  } else if (flag == "y") {
    first.binding = ScramBinding::unoffered;
  } else if (flag != "n") {
    return syntax("its channel binding flag is none");
  }
  const std::string_view authorization = take_part(rest);
  if (!authorization.empty()) {
    const auto value = value_of(authorization, 'a');
    auto name = value ? decode_name(*value) : std::nullopt;
    if (!name) return syntax("its authorization identity is none");
    first.authorization = *std::move(name);
  }
  first.header = message.substr(0, message.size() - rest.size());
  first.bare = rest;
  const auto user = value_of(take_part(rest), 'n');  // a mandatory extension, m=, stands before it
  auto name = user ? decode_name(*user) : std::nullopt;
  if (!name) return syntax("it has no user");
  first.user = *std::move(name);
  const auto nonce = value_of(take_part(rest), 'r');
  if (!nonce || !is_nonce(*nonce) || nonce->size() > longest_nonce)
    return syntax("it has no nonce");
  first.nonce = *nonce;
  return first;
}

std::expected<ScramFinal, Error> parse_scram_final(std::string_view message) {
  ScramFinal final;
  const auto proof_at = message.rfind(",p=");
  if (proof_at == message.npos) return syntax("it has no proof");
  final.without_proof = message.substr(0, proof_at);
  auto proof = from_base64(message.substr(proof_at + 3));
  if (!proof) return syntax("its proof is not base64");
  final.proof = *std::move(proof);
  std::string_view rest = final.without_proof;
  const auto binding = value_of(take_part(rest), 'c');
  auto octets = binding ? from_base64(*binding) : std::nullopt;
  if (!octets) return syntax("it has no channel binding");
  final.binding = *std::move(octets);
  const auto nonce = value_of(take_part(rest), 'r');
  if (!nonce) return syntax("it has no nonce");
  final.nonce = *nonce;
  return final;
}

std::string scram_challenge(std::string_view nonce, const ScramSalt& salt) {
  std::string text = "r=";
  text.append(nonce).append(",s=").append(to_base64(salt.salt));
  return text.append(",i=").append(std::to_string(salt.iterations));
}

std::expected<ScramKeys, Error> scram_keys(Crypto& crypto, Digest digest, std::string_view password,
                                           const ScramSalt& salt) {
  const auto salted =
      crypto.pbkdf2(digest, password, {.salt = salt.salt, .iterations = salt.iterations});
  if (!salted) return std::unexpected(salted.error());
  const auto client_key = crypto.hmac(digest, *salted, "Client Key");
  if (!client_key) return std::unexpected(client_key.error());
  auto stored_key = crypto.digest(digest, *client_key);
  if (!stored_key) return std::unexpected(stored_key.error());
  auto server_key = crypto.hmac(digest, *salted, "Server Key");
  if (!server_key) return std::unexpected(server_key.error());
  return ScramKeys{*std::move(stored_key), *std::move(server_key)};
}

std::expected<std::string, Error> scram_verdict(Crypto& crypto, Digest digest,
                                                const ScramKeys& keys, const ScramExchange& said) {
  if (said.final.binding != said.first.header + std::string(said.bound) ||
      said.final.nonce != said.nonce || said.final.proof.size() != size_of(digest))
    return std::string();
  std::string message = said.first.bare;
  message.append(",").append(said.challenge).append(",").append(said.final.without_proof);
  auto client_key = crypto.hmac(digest, keys.stored_key, message);
  if (!client_key) return std::unexpected(client_key.error());
  for (std::size_t i = 0; i < client_key->size(); ++i)
    (*client_key)[i] = static_cast<char>((*client_key)[i] ^ said.final.proof[i]);
  const auto proved = crypto.digest(digest, *client_key);
  if (!proved) return std::unexpected(proved.error());
  const auto signature = crypto.hmac(digest, keys.server_key, message);
  if (!signature) return std::unexpected(signature.error());
  if (!equal_in_constant_time(*proved, keys.stored_key)) return std::string();
  return "v=" + to_base64(*signature);
}

}  // namespace smtpd::sasl
