/// What clients send inside AUTH comes apart without loss, and only if it has the right form.
#include <algorithm>

#include "lib/base/base64.hpp"
#include "lib/base/text.hpp"
#include "lib/smtp/sasl.hpp"
#include "tests/fuzz/support.hpp"

namespace smtpd::fuzz {
namespace {

void check_base64(std::string_view text) {
  const auto octets = from_base64(text);
  if (octets) require(to_base64(*octets) == text, "one text for each octets");
  const auto again = from_base64(to_base64(text));
  require(again && *again == text, "what is encoded is decoded");
  const auto initial = sasl::decode_initial(text);
  require(initial.has_value() == (octets.has_value() || text == "="), "an initial response");
}

void check_command(std::string_view text) {
  const auto command = sasl::parse_command(text);
  const auto parts = words(text);
  require(command.has_value() == (parts.size() == 1 || parts.size() == 2), "one word or two");
  if (!command) return;
  require(command->mechanism == parts[0], "the mechanism");
  require(command->initial.has_value() == (parts.size() == 2), "the initial response");
}

void check_plain(std::string_view text) {
  const auto plain = sasl::parse_plain(text);
  require(plain.has_value() == (std::ranges::count(text, '\0') == 2), "two NULs");
  if (!plain) return;
  require(plain->authorization + '\0' + plain->user + '\0' + plain->password == text,
          "nothing is lost");
}

void check_cram_md5(std::string_view text) {
  const auto answer = sasl::parse_cram_md5(text);
  if (!answer) return;
  require(answer->digest.size() == 32, "32 digits");
  require(equal_ignoring_case(answer->user + ' ' + answer->digest, text), "nothing is lost");
}

void check_token(const std::expected<sasl::Token, Error>& token, std::string_view text) {
  if (!token) return;
  require(!token->token.empty(), "there is a token");
  require(std::ranges::all_of(token->token, [](char c) { return c > ' ' && c < '\x7f'; }),
          "a token's octets");
  require(lower(text).find("bearer ") != std::string::npos, "it was sent as one");
  require(text.find(token->token) != text.npos, "the token is what was sent");
}

}  // namespace
}  // namespace smtpd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace smtpd;
  using namespace smtpd::fuzz;
  Input input(data, size);
  const unsigned which = input.octet() % 6;
  const std::string_view text = input.rest();
  if (which == 0) check_base64(text);
  if (which == 1) check_command(text);
  if (which == 2) check_plain(text);
  if (which == 3) check_cram_md5(text);
  if (which == 4) check_token(sasl::parse_oauthbearer(text), text);
  if (which == 5) check_token(sasl::parse_xoauth2(text), text);
  require(!sasl::is_name(text) || (printable(text) == text && !text.empty()), "a name is harmless");
  return 0;
}
