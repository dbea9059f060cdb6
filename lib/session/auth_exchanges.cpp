/// The dialogues of AUTH: EXTERNAL (RFC 4422 A), PLAIN (RFC 4616), LOGIN, CRAM-MD5 (RFC 2195),
/// SCRAM (RFC 5802, RFC 7677; channel binding: RFC 9266), OAUTHBEARER (RFC 7628) and XOAUTH2.
#include <utility>

#include "lib/base/base64.hpp"
#include "lib/base/hex.hpp"
#include "lib/crypto/private_file.hpp"
#include "lib/session/auth.hpp"

namespace smtpd {
namespace {

constexpr std::string_view name_of(Digest digest) {
  return digest == Digest::sha1 ? "SCRAM-SHA-1" : "SCRAM-SHA-256";
}

Result trouble(const Error& error) { return denysoft(error.what); }

}  // namespace

/// What SCRAM is played with. A user whom nobody knows gets a salt too, and fails at the end, so
/// that the exchange does not tell.
struct Authenticator::ScramSubject {
  Result result = deny("no such user");  ///< if the client's proof is wrong, or cannot be right
  bool stop = false;                     ///< there is nothing to be played
  bool genuine = false;
  sasl::ScramSalt salt;
  sasl::ScramKeys keys;
};

// TLS has proved it already; the client says as whom it wants to act.
Authenticator::Step<Authenticator::AuthOutcome> Authenticator::external(Initial initial) {
  auto identity = first_response(initial);
  if (!identity) return std::unexpected(identity.error());
  const std::string& user = host_.conn().tls->client_user;
  if (identity->empty() || *identity == user) return AuthOutcome{user, ok()};
  return AuthOutcome{*std::move(identity), deny("the certificate is of user " + user)};
}

Authenticator::Step<Authenticator::AuthOutcome> Authenticator::plain(Initial initial) {
  const auto message = first_response(initial);
  if (!message) return std::unexpected(message.error());
  auto parts = sasl::parse_plain(*message);
  if (!parts) return std::unexpected(malformed(parts.error().what));
  if (!parts->authorization.empty() && parts->authorization != parts->user)
    return AuthOutcome{std::move(parts->user), deny("it wants to act for another user")};
  return judge(Hook::auth_plain, std::move(parts->user), {.password = std::move(parts->password)});
}

Authenticator::Step<Authenticator::AuthOutcome> Authenticator::login(Initial initial) {
  auto user = initial ? first_response(initial) : ask("Username:");
  if (!user) return std::unexpected(user.error());
  auto password = ask("Password:");
  if (!password) return std::unexpected(password.error());
  return judge(Hook::auth_login, *std::move(user), {.password = *std::move(password)});
}

Authenticator::Step<Authenticator::AuthOutcome> Authenticator::cram_md5(Initial initial) {
  constexpr std::size_t octets = 16;
  if (initial) return std::unexpected(malformed("CRAM-MD5 has no initial response"));
  const auto crypto = host_.services().crypto.get();
  const auto random = crypto ? (*crypto)->random(octets) : std::unexpected(crypto.error());
  if (!random) return AuthOutcome{{}, trouble(random.error())};
  const auto now =
      std::chrono::duration_cast<seconds>(host_.services().clock.wall().time_since_epoch());
  const std::string ticket =
      '<' + hex(*random) + '.' + std::to_string(now.count()) + '@' + host_.me() + '>';
  const auto message = ask(ticket);
  if (!message) return std::unexpected(message.error());
  auto answer = sasl::parse_cram_md5(*message);
  if (!answer) return std::unexpected(malformed(answer.error().what));
  return judge(Hook::auth_cram_md5, std::move(answer->user),
               {.digest = std::move(answer->digest), .ticket = ticket});
}

// Nobody is asked about an empty password: for some directories it is the password of everybody.
Authenticator::AuthOutcome Authenticator::judge(Hook hook, std::string user, Secret secret) {
  if (!sasl::is_name(user)) return {std::move(user), deny("that is no user's name")};
  if (secret.password && secret.password->empty())
    return {std::move(user), deny("the password is empty")};
  Connection& conn = host_.conn();
  AuthAttempt attempt;
  attempt.user = user;
  attempt.password = secret.password;
  if (!secret.digest.empty()) attempt.hash = secret.digest;
  attempt.ticket = secret.ticket;
  Result result;
  if (hook == Hook::auth_plain) {
    attempt.mechanism = "plain";
    result = host_.decide<Hook::auth_plain>(conn, attempt);
  } else if (hook == Hook::auth_login) {
    attempt.mechanism = "login";
    result = host_.decide<Hook::auth_login>(conn, attempt);
  } else {
    attempt.mechanism = "cram-md5";
    result = host_.decide<Hook::auth_cram_md5>(conn, attempt);
  }
  const auto ask_next = [&](Result next) {
    if (next.text.empty()) next.text = std::move(result.text);
    result = std::move(next);
  };
  if (result.verdict == Verdict::declined && attempt.password) {
    ask_next(host_.decide<Hook::password>(
        conn, PasswordAttempt{
                  .mechanism = attempt.mechanism, .user = user, .password = *attempt.password}));
  }
  if (result.verdict == Verdict::declined) ask_next(host_.decide<Hook::auth>(conn, attempt));
  if (result.verdict == Verdict::declined && attempt.hash) ask_next(digest_of(user, secret));
  return {std::move(user), std::move(result)};
}

// qpsmtpd's check of CRAM-MD5, done here for all plugins that know passwords in clear.
Result Authenticator::digest_of(const std::string& user, const Secret& secret) {
  if (!host_.has(Hook::credentials)) return declined();
  const auto found = host_.first<Hook::credentials>(host_.conn(), std::string_view(user));
  if (!found) return {found.error().verdict, found.error().text, {}};
  if (!*found) return declined("no such user");
  const auto& password = (*found)->password;
  if (!password || password->empty()) return deny("the password is not there in clear");
  const auto crypto = host_.services().crypto.get();
  const auto digest = crypto ? (*crypto)->hmac(Digest::md5, *password, secret.ticket)
                             : std::unexpected(crypto.error());
  if (!digest) return trouble(digest.error());
  return equal_in_constant_time(hex(*digest), secret.digest) ? ok() : deny("wrong password");
}

Authenticator::ScramSubject Authenticator::look_up(Digest digest, const std::string& user) {
  ScramSubject known;
  const auto give_up = [&](Result result) {
    known.result = std::move(result);
    known.stop = true;
    return known;
  };
  const auto crypto = host_.services().crypto.get();
  if (!crypto) return give_up(trouble(crypto.error()));
  const auto found = sasl::is_name(user) && host_.has(Hook::credentials)
                         ? host_.first<Hook::credentials>(host_.conn(), std::string_view(user))
                         : FoundCredentials();
  if (!found) return give_up({found.error().verdict, found.error().text, {}});
  known.salt.salt = made_up_salt(**crypto, digest, user);
  const bool in_clear = *found && (*found)->password && !(*found)->password->empty();
  // Whoever is asked about takes as long.
  auto keys = sasl::scram_keys(**crypto, digest, in_clear ? *(*found)->password : known.salt.salt,
                               known.salt);
  if (!keys) return give_up(trouble(keys.error()));
  known.keys = *std::move(keys);
  known.genuine = in_clear;
  if (!*found) return known;
  known.result =
      deny(in_clear ? "wrong password" : "there is neither the password in clear nor a verifier");
  for (const ScramVerifier& each : (*found)->verifiers) {
    if (each.mechanism != name_of(digest)) continue;
    known.result = deny("wrong password");
    known.genuine = true;
    known.salt = {each.salt, each.iterations};
    known.keys = {each.stored_key, each.server_key};
    break;
  }
  return known;
}

// The same each time, as that of a user whom somebody knows; nobody else can tell the one from the
// other.
std::string Authenticator::made_up_salt(Crypto& crypto, Digest digest, const std::string& user) {
  constexpr std::size_t salt_octets = 16;
  const auto directory = session_.spool_directory();
  const auto key = directory ? lasting_key(*directory + "/scram-salt-key", crypto)
                             : std::unexpected(directory.error());
  const std::string text = std::string(name_of(digest)) + '\0' + user;
  auto salt = key ? crypto.hmac(Digest::sha256, *key, text) : std::unexpected(key.error());
  if (!salt) {
    host_.log().log(Level::error, "auth: salts change: " + salt.error().what);
    salt = crypto.random(salt_octets);
  }
  if (salt) salt->resize(salt_octets);
  return salt.value_or(std::string(salt_octets, '\0'));
}

Authenticator::Step<Authenticator::AuthOutcome> Authenticator::scram_sha_1(Initial initial) {
  return scram(Digest::sha1, Binding::none, initial);
}
Authenticator::Step<Authenticator::AuthOutcome> Authenticator::scram_sha_1_plus(Initial initial) {
  return scram(Digest::sha1, Binding::exporter, initial);
}
Authenticator::Step<Authenticator::AuthOutcome> Authenticator::scram_sha_256(Initial initial) {
  return scram(Digest::sha256, Binding::none, initial);
}
Authenticator::Step<Authenticator::AuthOutcome> Authenticator::scram_sha_256_plus(Initial initial) {
  return scram(Digest::sha256, Binding::exporter, initial);
}

// RFC 5802 6. Where both sides could bind and the client does not know it, somebody between them
// has taken the -PLUS out of the list.
Authenticator::Step<std::string> Authenticator::agree(const sasl::ScramFirst& first,
                                                      Binding binding) const {
  const auto& tls = host_.conn().tls;
  const bool is_used = first.binding == sasl::ScramBinding::used;
  if (is_used != (binding == Binding::exporter)) {
    return std::unexpected(malformed(is_used ? "channel binding needs a mechanism with -PLUS"
                                             : "the mechanism needs channel binding"));
  }
  if (first.binding == sasl::ScramBinding::unoffered && tls && !tls->exporter.empty())
    return "the client has been told that there is no channel binding";
  if (is_used && first.channel != "tls-exporter")
    return "there is no channel binding " + first.channel;
  return std::string();
}

Authenticator::Step<Authenticator::AuthOutcome> Authenticator::scram(Digest digest, Binding binding,
                                                                     Initial initial) {
  constexpr std::size_t nonce_octets = 18;
  const auto message = first_response(initial);
  if (!message) return std::unexpected(message.error());
  const auto first = sasl::parse_scram_first(*message);
  if (!first) return std::unexpected(malformed(first.error().what));
  const auto disagreement = agree(*first, binding);
  if (!disagreement) return std::unexpected(disagreement.error());
  if (!disagreement->empty()) return AuthOutcome{first->user, deny(*disagreement)};
  if (!first->authorization.empty() && first->authorization != first->user)
    return AuthOutcome{first->user, deny("it wants to act for another user")};
  ScramSubject known = look_up(digest, first->user);
  const auto crypto = host_.services().crypto.get();
  const auto random = crypto ? (*crypto)->random(nonce_octets) : std::unexpected(crypto.error());
  if (known.stop || !random)
    return AuthOutcome{first->user, known.stop ? std::move(known.result) : trouble(random.error())};
  const std::string nonce = first->nonce + to_base64(*random);
  const std::string challenge = sasl::scram_challenge(nonce, known.salt);
  const auto answer = ask(challenge);
  if (!answer) return std::unexpected(answer.error());
  const auto final = sasl::parse_scram_final(*answer);
  if (!final) return std::unexpected(malformed(final.error().what));
  const sasl::ScramExchange said{.first = *first,
                                 .final = *final,
                                 .challenge = challenge,
                                 .nonce = nonce,
                                 .bound = binding == Binding::exporter
                                              ? std::string_view(host_.conn().tls->exporter)
                                              : std::string_view()};
  const auto verdict = sasl::scram_verdict(**crypto, digest, known.keys, said);
  if (!verdict) return AuthOutcome{first->user, trouble(verdict.error())};
  if (verdict->empty() || !known.genuine) return AuthOutcome{first->user, std::move(known.result)};
  // The server proves itself too; the client's answer to that is empty.
  const auto last = ask(*verdict);
  if (!last) return std::unexpected(last.error());
  if (!last->empty()) return std::unexpected(malformed("there is something behind the end"));
  return AuthOutcome{first->user, ok()};
}

Authenticator::Step<Authenticator::AuthOutcome> Authenticator::oauthbearer(Initial initial) {
  const auto message = first_response(initial);
  if (!message) return std::unexpected(message.error());
  auto token = sasl::parse_oauthbearer(*message);
  if (!token) return std::unexpected(malformed(token.error().what));
  return judge_token(*std::move(token), "oauthbearer");
}

Authenticator::Step<Authenticator::AuthOutcome> Authenticator::xoauth2(Initial initial) {
  const auto message = first_response(initial);
  if (!message) return std::unexpected(message.error());
  auto token = sasl::parse_xoauth2(*message);
  if (!token) return std::unexpected(malformed(token.error().what));
  return judge_token(*std::move(token), "xoauth2");
}

// A refusal goes to the client as JSON first, and it answers with next to nothing (RFC 7628 3.2.3).
Authenticator::Step<Authenticator::AuthOutcome> Authenticator::judge_token(
    sasl::Token token, std::string_view mechanism) {
  AuthOutcome judged{std::move(token.user), deny("that is no user's name")};
  Connection& conn = host_.conn();
  if (sasl::is_name(judged.user)) {
    judged.result =
        host_.decide<Hook::auth_token>(conn, TokenAttempt{.mechanism = std::string(mechanism),
                                                          .user = judged.user,
                                                          .token = std::move(token.token)});
  }
  const Verdict verdict = judged.result.verdict;
  if (verdict != Verdict::declined && verdict != Verdict::deny) return judged;
  const auto answer = ask(R"({"status":"invalid_token"})");
  if (!answer && !answer.error().reply) return std::unexpected(answer.error());
  return judged;
}

}  // namespace smtpd
