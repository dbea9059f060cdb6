#include "lib/services/dns_message.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "lib/base/text.hpp"
#include "lib/services/dns_transport.hpp"

namespace smtpd::dns {
namespace {

constexpr std::size_t header_size = 12;
constexpr std::uint16_t class_in = 1, type_cname = 5, type_soa = 6, type_opt = 41;
// RFC 1035 4.1.1, RFC 4035 3.1.6
constexpr std::uint16_t flag_response = 0x8000, opcode_bits = 0x7800, flag_truncated = 0x0200,
                        flag_recursion = 0x0100, flag_authentic = 0x0020, rcode_bits = 0x000f;

void append_16(std::string& into, std::uint16_t value) {
  into += static_cast<char>(value >> 8);
  into += static_cast<char>(value & 0xff);
}

/// A part of a message, read from its start; a read beyond its end gives nothing.
class Cursor {
 public:
  Cursor(std::string_view message, std::size_t at, std::size_t end)
      : message_(message), at_(at), end_(end) {}

  std::size_t at() const { return at_; }
  bool is_at_end() const { return at_ == end_; }
  std::optional<std::string_view> octets(std::size_t count) {
    if (count > end_ - at_) return {};
    return message_.substr(std::exchange(at_, at_ + count), count);
  }
  std::string_view rest() { return *octets(end_ - at_); }
  std::optional<std::uint32_t> number(std::size_t octet_count) {
    const auto text = octets(octet_count);
    if (!text) return {};
    std::uint32_t value = 0;
    for (const char octet : *text) value = value << 8 | static_cast<unsigned char>(octet);
    return value;
  }
  /// A name in lower case, without a dot at its end; what has a meaning of its own in a name is
  /// written `\DDD` (RFC 1035 5.1), so that a name of others is as harmless as one of ours.
  std::optional<std::string> name();

 private:
  std::string_view message_;
  std::size_t at_, end_;
};

void append_label(std::string& name, std::string_view label) {
  if (!name.empty()) name += '.';
  for (const char c : label) {
    const auto octet = static_cast<unsigned char>(c);
    if (c > ' ' && c < '\x7f' && c != '.' && c != '\\') {
      name += to_lower(c);
    } else {
      name += '\\';
      for (const int unit : {100, 10, 1}) name += static_cast<char>('0' + octet / unit % 10);
    }
  }
}

// A pointer leads to what stands before all that was read (RFC 1035 4.1.4 has "a prior
// occurrence") and behind the header: no chain of them goes round in circles. One with more
// pointers than labels would only cost time.
std::optional<std::string> Cursor::name() {
  constexpr std::size_t longest_wire = 255, most_pointers = 128;
  std::string text;
  std::size_t length = 1, before = at_, pointers = 0;
  Cursor here = *this;
  while (true) {
    const auto head = here.number(1);
    if (!head) return {};
    if (pointers == 0) at_ = here.at_;
    if (*head == 0) return text;
    constexpr unsigned pointer = 0xc0;
    if ((*head & pointer) == pointer) {
      const auto low = here.number(1);
      if (!low) return {};
      if (pointers++ == 0) at_ = here.at_;
      const std::size_t target = (*head & 0x3fU) << 8 | *low;
      if (target < header_size || target >= before || pointers > most_pointers) return {};
      before = target;
      here = Cursor(message_, target, message_.size());
      continue;
    }
    if ((*head & pointer) != 0) return {};
    const auto label = here.octets(*head);
    length += *head + 1;
    if (!label || length > longest_wire) return {};
    if (pointers == 0) at_ = here.at_;
    append_label(text, *label);
  }
}

struct Record {
  std::string owner;
  std::uint16_t type = 0;
  std::uint16_t rclass = 0;
  std::uint32_t ttl = 0;
  std::size_t begin = 0, end = 0;  // of the data
};

/// What stands in a message, as far as its lengths are right.
struct Message {
  std::uint16_t flags = 0;
  std::optional<Question> question = {};
  std::vector<Record> answers = {}, authorities = {};
  unsigned rcode = 0;
};

std::optional<Record> read_record(Cursor& cursor) {
  auto owner = cursor.name();
  if (!owner) return {};
  const auto type = cursor.number(2), rclass = cursor.number(2), ttl = cursor.number(4),
             length = cursor.number(2);
  if (!type || !rclass || !ttl || !length) return {};
  const std::size_t begin = cursor.at();
  if (!cursor.octets(*length)) return {};
  return Record{.owner = *std::move(owner),
                .type = static_cast<std::uint16_t>(*type),
                .rclass = static_cast<std::uint16_t>(*rclass),
                .ttl = *ttl,
                .begin = begin,
                .end = begin + *length};
}

/// None if a length is wrong.
std::optional<Message> read_message(std::string_view octets) {
  Cursor cursor(octets, 0, octets.size());
  std::array<std::uint16_t, 6> header{};  // id, flags, four counts
  for (std::uint16_t& field : header) {
    const auto number = cursor.number(2);
    if (!number) return {};
    field = static_cast<std::uint16_t>(*number);
  }
  Message message{.flags = header[1]};
  message.rcode = message.flags & rcode_bits;
  if (header[2] > 1) return {};
  if (header[2] == 1) {
    auto name = cursor.name();
    const auto type = cursor.number(2), qclass = cursor.number(2);
    if (!name || !type || qclass != class_in) return {};
    message.question = Question{*std::move(name), static_cast<Type>(*type)};
  }
  std::vector<Record> additional;
  std::array<std::vector<Record>*, 3> sections{&message.answers, &message.authorities, &additional};
  for (std::size_t section = 0; section < sections.size(); ++section) {
    for (unsigned left = header[3 + section]; left > 0; --left) {
      auto record = read_record(cursor);
      if (!record) return {};
      if (record->type == type_opt) message.rcode |= record->ttl >> 24 << 4;  // RFC 6891 6.1.3
      sections[section]->push_back(*std::move(record));
    }
  }
  return message;
}

/// RFC 2181 8: what looks negative is 0.
seconds ttl_of(const Record& record) { return seconds(record.ttl >> 31 != 0 ? 0 : record.ttl); }

bool read_texts(Cursor cursor, Answer& into) {
  std::string text;
  do {
    const auto length = cursor.number(1);
    const auto octets = length ? cursor.octets(*length) : std::nullopt;
    if (!octets) return false;
    text += *octets;
  } while (!cursor.is_at_end());
  into.texts.push_back(std::move(text));
  return true;
}

bool read_address(Cursor cursor, Answer& into, bool v6) {
  IpAddress address{.v6 = v6};
  const auto octets = cursor.octets(v6 ? 16 : 4);
  if (!octets || !cursor.is_at_end()) return false;
  std::ranges::copy(*octets, address.octets.begin());
  into.addresses.push_back(address);
  return true;
}

bool read_name(Cursor cursor, Answer& into) {
  auto name = cursor.name();
  if (!name || !cursor.is_at_end()) return false;
  into.names.push_back(*std::move(name));
  return true;
}

bool read_exchanger(Cursor cursor, Answer& into) {
  const auto preference = cursor.number(2);
  auto host = preference ? cursor.name() : std::nullopt;
  if (!host || !cursor.is_at_end()) return false;
  into.exchangers.push_back({static_cast<std::uint16_t>(*preference), *std::move(host)});
  return true;
}

bool read_association(Cursor cursor, Answer& into) {
  const auto head = cursor.octets(3);
  if (!head) return false;
  const auto octet = [&](std::size_t i) { return static_cast<std::uint8_t>((*head)[i]); };
  Tlsa tlsa{.usage = octet(0), .selector = octet(1), .matching = octet(2)};
  tlsa.data = cursor.rest();
  into.associations.push_back(std::move(tlsa));
  return true;
}

/// False if the data is no record of that type.
bool read_data(const Cursor& data, Type type, Answer& into) {
  switch (type) {
    case Type::a: return read_address(data, into, false);
    case Type::aaaa: return read_address(data, into, true);
    case Type::ns:
    case Type::ptr: return read_name(data, into);
    case Type::mx: return read_exchanger(data, into);
    case Type::txt: return read_texts(data, into);
    case Type::tlsa: return read_association(data, into);
  }
  return false;
}

/// How long it holds that there is nothing (RFC 2308 5): 0 if no SOA says so.
std::optional<seconds> negative_ttl(std::string_view octets, const Message& message) {
  for (const Record& record : message.authorities) {
    if (record.type != type_soa) continue;
    Cursor data(octets, record.begin, record.end);
    if (!data.name() || !data.name() || !data.octets(16)) return {};
    const auto minimum = data.number(4);
    if (!minimum || !data.is_at_end()) return {};
    return std::min(ttl_of(record), seconds(*minimum));
  }
  return seconds(0);
}

Reading nonsense(std::string why) {
  return {.kind = Reading::Kind::nonsense, .why = std::move(why)};
}

Reading refusal(unsigned rcode) {
  constexpr std::array<std::string_view, 6> names{"NOERROR",  "FORMERR", "SERVFAIL",
                                                  "NXDOMAIN", "NOTIMP",  "REFUSED"};
  return {
      .kind = Reading::Kind::refusal,
      .rcode = static_cast<Rcode>(rcode),
      .why = rcode < names.size() ? std::string(names[rcode]) : "RCODE " + std::to_string(rcode)};
}

/// Goes along the CNAME chain to its end and reads the records there.
Reading read_records(std::string_view octets, const Message& message, const Question& question) {
  Answer answer{.outcome = Outcome::answer, .owner = question.name, .ttl = seconds::max()};
  for (unsigned links = 0; links <= longest_chain; ++links) {
    const Record* alias = nullptr;
    bool has_records = false;
    for (const Record& record : message.answers) {
      if (record.owner != answer.owner || record.rclass != class_in) continue;
      if (record.type == type_cname) alias = &record;
      if (record.type != static_cast<std::uint16_t>(question.type)) continue;
      has_records = true;
      answer.ttl = std::min(answer.ttl, ttl_of(record));
      if (!read_data({octets, record.begin, record.end}, question.type, answer))
        return nonsense("a record of the answer is damaged");
    }
    if (has_records || !alias) return {.kind = Reading::Kind::answer, .answer = std::move(answer)};
    Cursor data(octets, alias->begin, alias->end);
    auto target = data.name();
    if (!target || !data.is_at_end()) return nonsense("a CNAME of the answer is damaged");
    answer.ttl = std::min(answer.ttl, ttl_of(*alias));
    answer.owner = *std::move(target);
  }
  const std::string why =
      "the CNAME chain is a loop, or has more than " + std::to_string(longest_chain) + " links";
  return {.kind = Reading::Kind::answer,
          .answer = {.outcome = Outcome::failed, .owner = question.name, .why = why}};
}

bool is_empty(const Answer& answer) {
  return answer.addresses.empty() && answer.names.empty() && answer.texts.empty() &&
         answer.exchangers.empty() && answer.associations.empty();
}

}  // namespace

std::string write_question(const Question& question, std::uint16_t id, Edns edns) {
  constexpr std::uint16_t none = 0, one = 1;
  std::string octets;
  append_16(octets, id);
  append_16(octets, flag_recursion | flag_authentic);
  for (const std::uint16_t count : {one, none, none, edns == Edns::yes ? one : none})
    append_16(octets, count);
  std::string_view name = question.name;
  if (name.ends_with('.')) name.remove_suffix(1);
  for (const std::string_view label : split(name, '.'))
    (octets += static_cast<char>(label.size())) += label;
  octets += '\0';
  append_16(octets, static_cast<std::uint16_t>(question.type));
  append_16(octets, class_in);
  if (edns == Edns::no) return octets;
  octets += '\0';  // the root owns it
  for (const std::uint16_t field : {type_opt, udp_size, none, none, none}) append_16(octets, field);
  return octets;
}

Reading read_answer(std::string_view octets, const Question& question) {
  const auto message = read_message(octets);
  if (!message) return nonsense("the answer is damaged");
  if ((message->flags & (flag_response | opcode_bits)) != flag_response)
    return nonsense("it is no answer");
  // Who does not understand a question may not repeat it.
  const bool repeats = message->question.has_value();
  if (repeats ? *message->question != question : message->rcode != unsigned(Rcode::format_error))
    return nonsense("the answer is one to another question");
  if (message->rcode != unsigned(Rcode::no_error) && message->rcode != unsigned(Rcode::name_error))
    return refusal(message->rcode);
  if ((message->flags & flag_truncated) != 0) return nonsense("the answer is cut off");
  Reading reading = read_records(octets, *message, question);
  Answer& answer = reading.answer;
  if (reading.kind != Reading::Kind::answer || answer.has_failed()) return reading;
  answer.authentic = (message->flags & flag_authentic) != 0;
  const bool has_no_name = message->rcode == unsigned(Rcode::name_error);
  if (has_no_name || is_empty(answer)) {
    const auto ttl = negative_ttl(octets, *message);
    if (!ttl) return nonsense("the SOA of the answer is damaged");
    answer = {.outcome = has_no_name ? Outcome::no_name : Outcome::no_data,
              .owner = answer.owner,
              .authentic = answer.authentic,
              .ttl = std::min(answer.ttl, *ttl)};
  }
  std::ranges::sort(answer.exchangers, {}, &Mx::preference);
  return reading;
}

}  // namespace smtpd::dns
