#include "tests/support/sasl_client.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "lib/base/base64.hpp"
#include "lib/base/hex.hpp"
#include "lib/base/text.hpp"

namespace smtpd::transcript {
namespace {

constexpr std::string_view nonce = "fyko+d2lbbFgONRv9qkxdawL";  // RFC 5802 5
constexpr std::array<std::string_view, 9> known{
    "PLAIN",         "LOGIN",   "CRAM-MD5",    "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS",
    "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER", "SCRAM-SHA-1"};

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string hmac(const EVP_MD* digest, std::string_view key, std::string_view text) {
  unsigned char value[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  HMAC(digest, key.data(), static_cast<int>(key.size()), octets(text), text.size(), value, &length);
  return {reinterpret_cast<const char*>(value), length};
}

std::string hash(const EVP_MD* digest, std::string_view text) {
  unsigned char value[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_Digest(text.data(), text.size(), value, &length, digest, nullptr);
  return {reinterpret_cast<const char*>(value), length};
}

std::string attribute(std::string_view message, char name) {
  for (const std::string_view each : split(message, ',')) {
    if (each.size() > 1 && each[0] == name && each[1] == '=') return std::string(each.substr(2));
  }
  return {};
}

std::string escaped_name(std::string_view name) {
  std::string result;
  for (const char c : name) result += c == '=' ? "=3D" : c == ',' ? "=2C" : std::string(1, c);
  return result;
}

}  // namespace

std::expected<SaslClient, std::string> SaslClient::parse(std::string_view argument) {
  const auto parts = words(argument);
  constexpr std::array<std::string_view, 3> variants{"wrong", "cancel", "malformed"};
  if (parts.size() < 3 || parts.size() > 4 ||
      (parts.size() == 4 && std::ranges::find(variants, parts[3]) == variants.end()))
    return std::unexpected("A: needs MECH user password [wrong|cancel|malformed]");
  if (std::ranges::find(known, parts[0]) == known.end())
    return std::unexpected("A: does not know " + std::string(parts[0]));
  SaslClient client;
  client.mechanism_ = parts[0];
  client.user_ = parts[1];
  client.password_ = parts[2];
  if (parts.size() > 3) client.variant_ = parts[3];
  if (client.variant_ == "wrong") client.password_ += "-wrong";
  return client;
}

bool SaslClient::starts() const {
  return variant_ != "cancel" && mechanism_ != "LOGIN" && mechanism_ != "CRAM-MD5";
}

std::string SaslClient::first_message() const {
  if (mechanism_ == "PLAIN") return std::string(1, '\0') + user_ + '\0' + password_;
  if (mechanism_ == "XOAUTH2")
    return "user=" + user_ +
           "\x01"
           "auth=Bearer " +
           password_ + "\x01\x01";
  if (mechanism_ == "OAUTHBEARER")
    return "n,a=" + escaped_name(user_) +
           ",\x01"
           "auth=Bearer " +
           password_ + "\x01\x01";
  return gs2_header() + "n=" + escaped_name(user_) + ",r=" + std::string(nonce);
}

std::string SaslClient::gs2_header() const {
  return mechanism_.ends_with("-PLUS") ? "p=tls-exporter,," : "n,,";
}

std::string SaslClient::begin() {
  std::string line = "AUTH " + mechanism_;
  if (!starts()) return line;
  step_ = 1;
  return line + ' ' + (variant_ == "malformed" ? "!" : to_base64(first_message()));
}

std::optional<std::string> SaslClient::answer(std::string_view challenge) {
  if (variant_ == "cancel") return "*";
  if (variant_ == "malformed") return "!";
  const auto text = from_base64(challenge);
  if (!text) return {};
  const auto response = respond(*text);
  if (!response) return {};
  return to_base64(*response);
}

std::optional<std::string> SaslClient::respond(const std::string& challenge) {
  ++step_;
  if (mechanism_ == "LOGIN") return step_ == 1 ? user_ : password_;
  if (mechanism_ == "CRAM-MD5") return user_ + ' ' + hex(hmac(EVP_md5(), password_, challenge));
  if (mechanism_ == "XOAUTH2") return std::string();            // what the server says is an error
  if (mechanism_ == "OAUTHBEARER") return std::string("\x01");  // RFC 7628 3.2.3
  if (!mechanism_.starts_with("SCRAM-")) return {};
  if (step_ == 2) return scram_final(challenge);
  if (step_ == 3 && knows_server(challenge)) return std::string();
  return {};
}

// RFC 5802 3.
std::optional<std::string> SaslClient::scram_final(const std::string& challenge) {
  const EVP_MD* const digest = mechanism_.starts_with("SCRAM-SHA-1") ? EVP_sha1() : EVP_sha256();
  const std::string together = attribute(challenge, 'r');
  const auto salt = from_base64(attribute(challenge, 's'));
  const auto iterations = to_number(attribute(challenge, 'i'));
  if (!together.starts_with(nonce) || together == nonce || !salt || !iterations) return {};
  std::string salted(static_cast<std::size_t>(EVP_MD_get_size(digest)), '\0');
  PKCS5_PBKDF2_HMAC(password_.data(), static_cast<int>(password_.size()), octets(*salt),
                    static_cast<int>(salt->size()), static_cast<int>(*iterations), digest,
                    static_cast<int>(salted.size()),
                    reinterpret_cast<unsigned char*>(salted.data()));
  const std::string header = gs2_header();
  const std::string bound = header == "n,," ? header : header + exporter_;
  const std::string without_proof = "c=" + to_base64(bound) + ",r=" + together;
  const std::string message =
      first_message().substr(header.size()) + ',' + challenge + ',' + without_proof;
  std::string proof = hmac(digest, salted, "Client Key");
  const std::string signature = hmac(digest, hash(digest, proof), message);
  for (std::size_t i = 0; i < proof.size(); ++i)
    proof[i] = static_cast<char>(proof[i] ^ signature[i]);
  server_signature_ = to_base64(hmac(digest, hmac(digest, salted, "Server Key"), message));
  return without_proof + ",p=" + to_base64(proof);
}

bool SaslClient::knows_server(const std::string& challenge) const {
  return challenge == "v=" + server_signature_;
}

}  // namespace smtpd::transcript
