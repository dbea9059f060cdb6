#include "lib/kit/passwords.hpp"

#include <algorithm>
#include <utility>

#include "lib/base/base64.hpp"
#include "lib/base/text.hpp"
#include "lib/crypto/crypt.hpp"
#include "lib/smtp/scram.hpp"

namespace smtpd {
namespace {

constexpr std::pair<std::string_view, Digest> scrams[] = {{"SCRAM-SHA-256", Digest::sha256},
                                                          {"SCRAM-SHA-1", Digest::sha1}};

std::expected<ScramVerifier, Error> parse_verifier(std::string_view name, Digest digest,
                                                   std::string_view text) {
  const auto wrong = std::unexpected(
      Error{Errc::config, "a verifier is ITERATIONS,SALT,STOREDKEY,SERVERKEY, in base64"});
  const auto parts = split(text, ',');
  if (parts.size() != 4) return wrong;
  const auto iterations = to_number(parts[0]);
  const auto salt = from_base64(parts[1]), stored_key = from_base64(parts[2]),
             server_key = from_base64(parts[3]);
  if (!iterations || *iterations < 1 || *iterations > Crypto::most_iterations || !salt ||
      salt->empty() || !stored_key || !server_key || stored_key->size() != size_of(digest) ||
      server_key->size() != size_of(digest))
    return wrong;
  return ScramVerifier{.mechanism = std::string(name),
                       .iterations = static_cast<unsigned>(*iterations),
                       .salt = *salt,
                       .stored_key = *stored_key,
                       .server_key = *server_key};
}

StoredPassword in_clear(std::string_view password) {
  return {.credentials = {.password = std::string(password)}};
}

}  // namespace

std::expected<StoredPassword, Error> parse_stored_password(std::string_view text) {
  const auto end = text.starts_with('{') ? text.find('}') : text.npos;
  if (end == text.npos) return in_clear(text);
  const std::string_view form = text.substr(1, end - 1), value = text.substr(end + 1);
  if (equal_ignoring_case(form, "PLAIN")) return in_clear(value);
  if (equal_ignoring_case(form, "CRYPT")) return StoredPassword{.hash = std::string(value)};
  for (const auto& [name, digest] : scrams) {
    if (!equal_ignoring_case(form, name)) continue;
    auto verifier = parse_verifier(name, digest, value);
    if (!verifier) return std::unexpected(verifier.error());
    StoredPassword stored;
    stored.credentials.verifiers.push_back(*std::move(verifier));
    return stored;
  }
  return std::unexpected(Error{Errc::config, "{" + printable(form) +
                                                 "} is no form of passwords; there are {PLAIN}, "
                                                 "{CRYPT}, {SCRAM-SHA-256} and {SCRAM-SHA-1}"});
}

bool StoredPassword::is_empty() const {
  const auto lacks = [](const std::optional<std::string>& text) { return !text || text->empty(); };
  return lacks(credentials.password) && lacks(hash) && credentials.verifiers.empty();
}

std::expected<bool, Error> is_password(PluginContext& ctx, const StoredPassword& stored,
                                       const std::string& given) {
  if (stored.credentials.password && !stored.credentials.password->empty() &&
      equal_in_constant_time(given, *stored.credentials.password))
    return true;
  if (stored.hash && !stored.hash->empty()) return is_hash_of(*stored.hash, given);
  if (stored.credentials.verifiers.empty()) return false;
  const ScramVerifier& verifier = stored.credentials.verifiers.front();
  const auto crypto = ctx.services().crypto.get();
  if (!crypto) return std::unexpected(crypto.error());
  const Digest digest = verifier.mechanism == scrams[0].first ? scrams[0].second : scrams[1].second;
  const auto keys = sasl::scram_keys(**crypto, digest, given, {verifier.salt, verifier.iterations});
  if (!keys) return std::unexpected(keys.error());
  return equal_in_constant_time(keys->stored_key, verifier.stored_key);
}

Lines mechanisms_for(const StoredPassword& stored) {
  Lines names;
  const bool is_clear = stored.credentials.password.has_value();
  for (const auto& scram : scrams) {
    const std::string_view name = scram.first;
    const bool verified =
        std::ranges::any_of(stored.credentials.verifiers,
                            [&](const ScramVerifier& each) { return each.mechanism == name; });
    if (is_clear || verified) names.emplace_back(name);
  }
  if (is_clear) names.emplace_back("CRAM-MD5");
  return names;
}

}  // namespace smtpd
