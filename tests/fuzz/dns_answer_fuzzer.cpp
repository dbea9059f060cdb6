/// Raw answers into the reader: whatever comes, it is one of the four outcomes, and harmless.
/// Octet 1: the type that was asked for, and whether the octets are a message (else what stands
/// behind the question of one).
#include <algorithm>
#include <array>

#include "lib/base/text.hpp"
#include "lib/services/dns_message.hpp"
#include "tests/fuzz/support.hpp"

namespace smtpd::fuzz {
namespace {

using namespace smtpd::dns;

constexpr std::array types{Type::a,   Type::ns,   Type::ptr, Type::mx,
                           Type::txt, Type::aaaa, Type::tlsa};
constexpr unsigned is_whole = 0x80;

/// A message that answers, whose records are the input: two octets of flags, six of counts.
std::string around(std::string_view input, const Question& question) {
  std::string message = write_question(question, 1, Edns::no);
  if (input.size() < 8) return message;
  message[2] = static_cast<char>(static_cast<unsigned char>(input[0]) | 0x80U);
  message[3] = input[1];
  for (std::size_t i = 0; i < 3; ++i) message[7 + 2 * i] = input[2 + 2 * i];
  return message.append(input.substr(8));
}

bool is_harmless(std::string_view name) {
  return std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7f' && !is_upper(c); });
}

std::size_t records_of(const Answer& answer) {
  return answer.addresses.size() + answer.names.size() + answer.texts.size() +
         answer.exchangers.size() + answer.associations.size();
}

void check(const Answer& answer, Type type) {
  require((answer.outcome == Outcome::answer) == (records_of(answer) > 0),
          "an answer has records, and nothing else has");
  require(answer.outcome == Outcome::failed ||
              (answer.ttl.count() >= 0 && answer.ttl.count() <= INT32_MAX),
          "the TTL is one");
  require(answer.outcome == Outcome::failed || answer.why.empty(), "an answer needs no reason");
  require(is_harmless(answer.owner), "the owner is a name");
  for (const std::string& name : answer.names) require(is_harmless(name), "a name is one");
  for (const Mx& mx : answer.exchangers) require(is_harmless(mx.host), "an exchanger is a name");
  require(std::ranges::is_sorted(answer.exchangers, {}, &Mx::preference), "the best comes first");
  const bool v6 = type == Type::aaaa;
  for (const IpAddress& address : answer.addresses)
    require(address.v6 == v6, "an address is of the type that was asked for");
}

}  // namespace
}  // namespace smtpd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace smtpd::fuzz;
  Input input(data, size);
  const unsigned choice = input.octet();
  const Question question{"www.example.org", types[choice % types.size()]};
  const std::string message =
      (choice & is_whole) != 0 ? std::string(input.rest()) : around(input.rest(), question);
  const Reading reading = read_answer(message, question);
  require((reading.kind == Reading::Kind::answer) == reading.why.empty(),
          "what is none has a reason");
  if (reading.kind == Reading::Kind::answer) check(reading.answer, question.type);
  std::string other_id = message;
  if (!other_id.empty()) other_id[0] = static_cast<char>(other_id[0] ^ 0x55);
  const Reading again = read_answer(other_id, question);
  require(again.kind == reading.kind && again.answer.outcome == reading.answer.outcome &&
              records_of(again.answer) == records_of(reading.answer),
          "the id makes no difference");
  return 0;
}
