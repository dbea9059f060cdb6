/// SCRAM's messages come apart without loss; a challenge is one line whatever the client sends, and
/// only what both sides have said is verified.
#include <algorithm>

#include "lib/base/base64.hpp"
#include "lib/smtp/scram.hpp"
#include "tests/fuzz/support.hpp"

namespace smtpd::fuzz {
namespace {

/// Not cryptography, but as deterministic, and without a module.
class Stirring final : public Crypto {
 public:
  Octets digest(Digest digest, std::string_view octets) override { return stir(digest, octets); }
  Octets hmac(Digest digest, std::string_view key, std::string_view octets) override {
    return stir(digest, std::string(key) + '/' + std::string(octets));
  }
  Octets pbkdf2(Digest digest, std::string_view password, const Stretching& how) override {
    return stir(digest, std::string(password) + '/' + std::string(how.salt));
  }
  Octets random(std::size_t count) override { return std::string(count, 'x'); }
  Octets sign(Signing, const std::string&, std::string_view) override {
    return std::unexpected(Error{Errc::config, "no signatures here"});
  }
  std::expected<bool, Error> verify(Signing, std::string_view, std::string_view,
                                    std::string_view) override {
    return std::unexpected(Error{Errc::config, "no signatures here"});
  }
  std::expected<std::unique_ptr<TlsStream>, Error> tls_client(const TlsClient&, io::Stream&,
                                                              Deadline) override {
    return std::unexpected(Error{Errc::config, "no TLS here"});
  }
  std::expected<std::unique_ptr<TlsAcceptor>, Error> tls_server(const TlsServer&) override {
    return std::unexpected(Error{Errc::config, "no TLS here"});
  }
  std::expected<CertificateFacts, Error> certificate(const TlsIdentity&) override {
    return std::unexpected(Error{Errc::config, "no TLS here"});
  }

 private:
  static std::string stir(Digest digest, std::string_view octets) {
    std::string value(size_of(digest), '\0');
    std::uint64_t state = 14695981039346656037ULL;
    for (const char c : octets) state = (state ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    for (char& c : value) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      c = static_cast<char>(state >> 56);
    }
    return value;
  }
};

void check_first(std::string_view text) {
  const auto first = sasl::parse_scram_first(text);
  if (!first) return;
  require(first->header + first->bare == text, "nothing is lost");
  require((first->binding == sasl::ScramBinding::used) == text.starts_with("p="), "the flag");
  require(first->channel.empty() != text.starts_with("p="), "a channel has a name");
  require(!first->user.empty() && !first->nonce.empty(), "a user and a nonce");
  const std::string nonce = first->nonce + "ABCDEFGHIJKLMNOPQRSTUVWX";
  const std::string challenge =
      sasl::scram_challenge(nonce, {.salt = std::string(16, 's'), .iterations = 4096});
  require(to_base64(challenge).size() <= 500, "a challenge is one line");
  require(std::ranges::all_of(challenge, [](char c) { return c > ' ' && c < '\x7f'; }),
          "a challenge is printable");
}

void check_final(std::string_view text) {
  const auto final = sasl::parse_scram_final(text);
  if (!final) return;
  require(final->without_proof + ",p=" + to_base64(final->proof) == text, "nothing is lost");
  Stirring crypto;
  const sasl::ScramSalt salt{.salt = "salt"};
  const auto keys = sasl::scram_keys(crypto, Digest::sha1, "pencil", salt);
  const auto first = sasl::parse_scram_first("n,,n=user,r=abc");
  require(keys && first, "the setting");
  const auto verdict = sasl::scram_verdict(
      crypto, Digest::sha1, *keys,
      {.first = *first, .final = *final, .challenge = "r=abcd,s=c2FsdA==,i=4096", .nonce = "abcd"});
  require(verdict.has_value(), "a verdict");
  if (verdict->empty()) return;
  require(final->nonce == "abcd" && final->binding == "n,,", "both sides agree");
}

}  // namespace
}  // namespace smtpd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace smtpd::fuzz;
  Input input(data, size);
  const bool first = input.octet() % 2 == 0;
  if (first)
    check_first(input.rest());
  else
    check_final(input.rest());
  return 0;
}
