#include "lib/smtp/scram.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/base/base64.hpp"
#include "lib/services/services.hpp"
#include "lib/smtp/sasl.hpp"

using namespace std::literals;
using smtpd::Digest;
namespace sasl = smtpd::sasl;

namespace {

smtpd::Crypto& crypto() {
  static const auto loaded = smtpd::CryptoModule().get();
  BOOST_REQUIRE_MESSAGE(loaded, (loaded ? std::string() : loaded.error().what));
  return **loaded;
}

/// The example of an RFC.
struct Example {
  Digest digest;
  std::string_view first, nonce, salt, challenge, final, verdict;
};
constexpr Example examples[] = {
    // RFC 5802 5
    {Digest::sha1, "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
     "fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j", "QSXCR+Q6sek8bf92",
     "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
     "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
     "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="},
    // RFC 7677 3
    {Digest::sha256, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
     "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", "W22ZaJ0SNY7soEsUEjb6gQ==",
     "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
     "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
     "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
     "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="}};

}  // namespace

BOOST_AUTO_TEST_SUITE(scram)

BOOST_AUTO_TEST_CASE(examples_of_the_rfcs) {
  for (const Example& example : examples) {
    const auto first = sasl::parse_scram_first(example.first);
    const auto final = sasl::parse_scram_final(example.final);
    BOOST_REQUIRE(first.has_value() && final.has_value());
    BOOST_TEST(first->user == "user");
    BOOST_TEST(first->header == "n,,");
    const sasl::ScramSalt salt{.salt = *smtpd::from_base64(example.salt), .iterations = 4096};
    const std::string challenge = sasl::scram_challenge(example.nonce, salt);
    BOOST_TEST(challenge == example.challenge);
    const sasl::ScramExchange said{
        .first = *first, .final = *final, .challenge = challenge, .nonce = example.nonce};
    const auto keys = sasl::scram_keys(crypto(), example.digest, "pencil", salt);
    BOOST_REQUIRE(keys.has_value());
    const auto verdict = sasl::scram_verdict(crypto(), example.digest, *keys, said);
    BOOST_TEST(verdict.value_or("error") == example.verdict);
    const auto others = sasl::scram_keys(crypto(), example.digest, "pencils", salt);
    BOOST_REQUIRE(others.has_value());
    BOOST_TEST(sasl::scram_verdict(crypto(), example.digest, *others, said).value_or("error") ==
               "");
  }
}

BOOST_AUTO_TEST_CASE(what_both_said_must_agree) {
  const Example& example = examples[0];
  const auto first = sasl::parse_scram_first(example.first);
  const sasl::ScramSalt salt{.salt = *smtpd::from_base64(example.salt)};
  const auto keys = sasl::scram_keys(crypto(), example.digest, "pencil", salt);
  for (const std::string_view text :
       {"c=eSws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="sv,
        "c=biws,r=fyko+d2lbbFgONRv9qkxdawL,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="sv,
        "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p="sv,
        "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8"sv}) {
    const auto final = sasl::parse_scram_final(text);
    BOOST_REQUIRE(final.has_value());
    const auto verdict = sasl::scram_verdict(
        crypto(), example.digest, *keys,
        {.first = *first, .final = *final, .challenge = example.challenge, .nonce = example.nonce});
    BOOST_TEST(verdict.value_or("error") == "");
  }
}

BOOST_AUTO_TEST_CASE(first_messages) {
  const auto odd = sasl::parse_scram_first("y,a=a=2Cb,n=c=3Dd=2C,r=x,ext=1");
  BOOST_REQUIRE(odd.has_value());
  BOOST_TEST((odd->binding == sasl::ScramBinding::unoffered));
  BOOST_TEST(odd->authorization == "a,b");
  BOOST_TEST(odd->user == "c=d,");
  BOOST_TEST(odd->header == "y,a=a=2Cb,");
  BOOST_TEST(odd->bare == "n=c=3Dd=2C,r=x,ext=1");
  for (const std::string_view text :
       {"", "n,,", "n,,n=user", "n,,r=x,n=user", "x,,n=user,r=x", "p=,,n=user,r=x",
        "p=a b,,n=user,r=x", "p,,n=user,r=x", "ny,,n=user,r=x", "n,,n=\x80,r=x", "n,b,n=user,r=x",
        "n,a=,n=user,r=x", "n,,n=,r=x", "n,,n=us=er,r=x", "n,,n=us=2cer,r=x", "n,,m=x,n=user,r=x",
        "n,,n=user,r=", "n,,n=user,r=a b", "n,n=user,r=x"})
    BOOST_TEST(!sasl::parse_scram_first(text).has_value(), text);
  BOOST_TEST(sasl::parse_scram_first("n,,n=u,r=" + std::string(160, 'x')).has_value());
  BOOST_TEST(!sasl::parse_scram_first("n,,n=u,r=" + std::string(161, 'x')).has_value());
}

BOOST_AUTO_TEST_CASE(channel_binding) {
  const auto first = sasl::parse_scram_first("p=tls-exporter,,n=user,r=x");
  BOOST_REQUIRE(first.has_value());
  BOOST_TEST((first->binding == sasl::ScramBinding::used));
  BOOST_TEST(first->channel == "tls-exporter");
  BOOST_TEST(first->header == "p=tls-exporter,,");
  BOOST_TEST((sasl::parse_scram_first("n,,n=user,r=x")->binding == sasl::ScramBinding::unknown));
  BOOST_TEST(!sasl::parse_scram_first("p=" + std::string(65, 'x') + ",,n=u,r=x").has_value());
}

// The proof covers what is bound to, so it has to be made anew for each: the verdict alone is
// looked at.
BOOST_AUTO_TEST_CASE(what_is_bound_to_must_agree) {
  const auto first = sasl::parse_scram_first("p=tls-exporter,,n=user,r=x");
  const sasl::ScramSalt salt{.salt = "salt"};
  const auto keys = sasl::scram_keys(crypto(), Digest::sha256, "pencil", salt);
  const auto salted = crypto().pbkdf2(Digest::sha256, "pencil", {.salt = "salt"});
  BOOST_REQUIRE(first && keys && salted);
  const std::string client_key = *crypto().hmac(Digest::sha256, *salted, "Client Key");
  const auto verdict = [&](const std::string& sent, std::string_view bound) {
    const std::string without_proof = "c=" + smtpd::to_base64(sent) + ",r=xy";
    const std::string message = first->bare + ",challenge," + without_proof;
    std::string proof = *crypto().hmac(Digest::sha256, keys->stored_key, message);
    for (std::size_t i = 0; i < proof.size(); ++i)
      proof[i] = static_cast<char>(proof[i] ^ client_key[i]);
    const auto final = sasl::parse_scram_final(without_proof + ",p=" + smtpd::to_base64(proof));
    BOOST_REQUIRE(final.has_value());
    const sasl::ScramExchange said{
        .first = *first, .final = *final, .challenge = "challenge", .nonce = "xy", .bound = bound};
    return sasl::scram_verdict(crypto(), Digest::sha256, *keys, said).value_or("error");
  };
  BOOST_TEST(verdict("p=tls-exporter,,the channel", "the channel").starts_with("v="));
  BOOST_TEST(verdict("p=tls-exporter,,the channel", "another one") == "");
  BOOST_TEST(verdict("p=tls-exporter,,", "the channel") == "");
  BOOST_TEST(verdict("n,,the channel", "the channel") == "");
  BOOST_TEST(verdict("p=tls-exporter,,the channel", "") == "");
}

BOOST_AUTO_TEST_CASE(final_messages) {
  for (const std::string_view text : {"", "c=biws,r=x", "c=biws,p=AAAA", "r=x,p=AAAA",
                                      "c=!,r=x,p=AAAA", "c=biws,r=x,p=AAA", "p=AAAA"})
    BOOST_TEST(!sasl::parse_scram_final(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(tokens) {
  // RFC 7628 4.1
  const auto example = sasl::parse_oauthbearer(
      "n,a=user@example.com,\x01host=server.example.com\x01port=143\x01"
      "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01");
  BOOST_REQUIRE(example.has_value());
  BOOST_TEST(example->user == "user@example.com");
  BOOST_TEST(example->token == "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
  for (const std::string_view text : {"", "n,a=u,\x01\x01", "n,a=u,\x01host=x\x01\x01",
                                      "n,a=u,\x01"
                                      "auth=Basic x\x01\x01",
                                      "n,a=u,\x01"
                                      "auth=Bearer \x01\x01",
                                      "n,a=u,\x01"
                                      "auth=Bearer x\x01",
                                      "p=x,a=u,\x01"
                                      "auth=Bearer x\x01\x01",
                                      "n,u,\x01"
                                      "auth=Bearer x\x01\x01",
                                      "n,a=u\x01"
                                      "auth=Bearer x\x01\x01"})
    BOOST_TEST(!sasl::parse_oauthbearer(text).has_value(), text);
  const auto old = sasl::parse_xoauth2(
      "user=someuser@example.com\x01"
      "auth=Bearer ya29.vF9d\x01\x01");
  BOOST_REQUIRE(old.has_value());
  BOOST_TEST(old->user == "someuser@example.com");
  BOOST_TEST(old->token == "ya29.vF9d");
  for (const std::string_view text : {"",
                                      "user=u\x01"
                                      "auth=Bearer x\x01",
                                      "user=u\x01"
                                      "auth=Bearer a b\x01\x01",
                                      "u\x01"
                                      "auth=Bearer x\x01\x01",
                                      "user=u\x01"
                                      "Bearer x\x01\x01"})
    BOOST_TEST(!sasl::parse_xoauth2(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()
