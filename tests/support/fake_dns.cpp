#include "tests/support/fake_dns.hpp"

#include <algorithm>

#include "lib/base/text.hpp"

namespace smtpd::transcript {
namespace {

using Kind = DnsRecord::Kind;
using Octets = std::string_view;

constexpr std::uint16_t type_cname = 5, type_soa = 6, type_opt = 41;
constexpr unsigned formerr = 1, servfail = 2, nxdomain = 3, refused = 5;

std::uint16_t number_at(Octets octets, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(octets[at]) << 8 |
                                    static_cast<unsigned char>(octets[at + 1]));
}

void append_16(std::string& into, unsigned value) {
  into += static_cast<char>(value >> 8 & 0xff);
  into += static_cast<char>(value & 0xff);
}

/// A message that asks.
struct Query {
  std::uint16_t id = 0;
  std::string name = {};      // lower case
  std::string question = {};  // its octets, as they came
  std::uint16_t type = 0;
  bool wants_ad = false;
  std::optional<std::uint16_t> udp_size = {};  // of its OPT record
};

std::optional<Query> read_query(Octets message) {
  constexpr std::size_t header = 12, opt = 11;
  if (message.size() < header + 5 || number_at(message, 4) != 1) return {};
  Query query{.id = number_at(message, 0)};
  query.wants_ad = (number_at(message, 2) & 0x20) != 0;
  std::size_t at = header;
  while (at < message.size() && message[at] != 0) {
    const auto length = static_cast<unsigned char>(message[at]);
    if (length > 63 || at + 1 + length >= message.size()) return {};
    query.name += (query.name.empty() ? "" : ".") + lower(message.substr(at + 1, length));
    at += 1 + length;
  }
  if (at + 5 > message.size()) return {};
  query.type = number_at(message, at + 1);
  at += 5;
  query.question = message.substr(header, at - header);
  if (number_at(message, 10) == 1) {
    if (message.size() != at + opt || number_at(message, at + 1) != type_opt) return {};
    query.udp_size = number_at(message, at + 3);
    at += opt;
  }
  return at == message.size() ? std::optional(query) : std::nullopt;
}

bool is_below(std::string_view name, std::string_view parent) {
  return name.size() > parent.size() && name.ends_with(parent) &&
         name[name.size() - parent.size() - 1] == '.';
}

/// What the script has of one name.
struct Found {
  bool exists = false;
  std::vector<const DnsRecord*> records;
};

Found find(const DnsScript& script, std::string_view name) {
  Found found;
  for (const DnsRecord& record : script.records) {
    if (record.owner == name) found.records.push_back(&record);
    if (record.owner == name || is_below(record.owner, name)) found.exists = true;
  }
  if (found.exists) return found;
  // The longest wildcard above it.
  std::string_view wildcard;
  for (const DnsRecord& record : script.records) {
    const std::string_view owner = record.owner;
    if (owner.starts_with("*.") && is_below(name, owner.substr(2)) &&
        owner.size() > wildcard.size())
      wildcard = owner;
  }
  for (const DnsRecord& record : script.records) {
    if (wildcard.empty() || record.owner != wildcard) continue;
    found.records.push_back(&record);
    found.exists = true;
  }
  return found;
}

/// What an answer is made of.
struct Draft {
  unsigned rcode = 0;
  std::optional<Kind> mark;  // timeout, truncated, garbage
  std::size_t count = 0;     // of records in the answer
  std::string records;
  std::chrono::milliseconds after{0};
  bool is_authentic = true;
};

void append_record(Draft& draft, std::string_view owner, const DnsRecord& record,
                   const Query& query) {
  constexpr std::uint16_t question = 0xc00c;  // where the question's name stands
  if (owner == query.name)
    append_16(draft.records, question);
  else
    draft.records += *dns_wire_name(owner);
  append_16(draft.records, record.type);
  append_16(draft.records, 1);
  for (const unsigned part : {0U, 300U}) append_16(draft.records, part);  // TTL
  append_16(draft.records, static_cast<unsigned>(record.data.size()));
  draft.records += record.data;
  ++draft.count;
  draft.is_authentic = draft.is_authentic && record.is_authentic;
}

unsigned rcode_of(Kind kind) {
  if (kind == Kind::servfail) return servfail;
  return kind == Kind::refused ? refused : formerr;
}

/// Takes the records of one name into the draft. Returns where a CNAME leads.
std::string take_name(Draft& draft, std::string_view name, const Query& query,
                      const DnsScript& script) {
  const Found found = find(script, name);
  if (!found.exists) draft.rcode = nxdomain;
  std::string target;
  bool has_data = false;
  for (const DnsRecord* const record : found.records) {
    const bool is_alias = record->type == type_cname && query.type != type_cname;
    if (record->type != query.type && !is_alias) continue;
    draft.after = std::max(draft.after, record->after);
    if (record->kind == Kind::data) {
      append_record(draft, name, *record, query);
      if (is_alias) target = record->target;
      has_data = true;
    } else if (record->kind == Kind::formerr_edns) {
      if (query.udp_size) draft.rcode = formerr;
    } else if (record->kind == Kind::servfail || record->kind == Kind::refused) {
      draft.rcode = rcode_of(record->kind);
    } else {
      draft.mark = record->kind;
    }
  }
  if (!has_data) draft.is_authentic = false;
  return target;
}

std::string message_of(const Query& query, const Draft& draft) {
  const bool is_error = draft.rcode != 0 && draft.rcode != nxdomain;
  const bool needs_soa = !is_error && draft.count == 0;
  const bool is_garbage = draft.mark == Kind::garbage;
  std::string message;
  append_16(message, query.id);
  append_16(message, 0x8180U | draft.rcode |
                         (draft.is_authentic && query.wants_ad && !is_error ? 0x20U : 0U));
  append_16(message, 1);
  append_16(message, is_garbage ? 1 : static_cast<unsigned>(is_error ? 0 : draft.count));
  append_16(message, needs_soa && !is_garbage ? 1 : 0);
  append_16(message, query.udp_size && draft.rcode != formerr ? 1 : 0);
  message += query.question;
  if (is_garbage) return message += "\xc0\xff what is this";
  if (!is_error) message += draft.records;
  if (needs_soa) {
    const std::string soa = *dns_wire_name("ns.test") + *dns_wire_name("hostmaster.test") +
                            std::string(16, '\0') + std::string("\0\0\x01\x2c", 4);
    message += '\0';
    for (const unsigned field : {unsigned{type_soa}, 1U, 0U, 300U}) append_16(message, field);
    append_16(message, static_cast<unsigned>(soa.size()));
    message += soa;
  }
  if (query.udp_size && draft.rcode != formerr) {
    message += '\0';
    for (const unsigned field : {unsigned{type_opt}, 1232U, 0U, 0U, 0U}) append_16(message, field);
  }
  return message;
}

std::string truncated_message(const Query& query) {
  std::string message;
  append_16(message, query.id);
  for (const unsigned field : {0x8380U, 1U, 0U, 0U, 0U}) append_16(message, field);
  return message += query.question;
}

}  // namespace

FakeDns::Response FakeDns::respond(std::string_view message, Carrier carrier, SteadyTime now) {
  constexpr unsigned most_links = 20;
  const auto query = read_query(message);
  if (!query) {
    problem_ = "the DNS gets a message that is no question";
    return {};
  }
  const std::string question = query->name + ' ' + dns_type_name(query->type);
  if (!script_ && !problem_) problem_ = "asks for " + question + ", and there is no [dns]";
  Asked& asked = asked_[question];
  // By TCP somebody asks whom UDP has not told all.
  const bool is_new = carrier == Carrier::udp && now >= asked.settled;
  if (asked.times == 0 || is_new) asked = {asked.times + 1};
  if (!script_) return {};
  Draft draft;
  std::string name = query->name;
  for (unsigned links = 0; links < most_links && !name.empty(); ++links)
    name = take_name(draft, name, *query, *script_);
  if (draft.mark == Kind::timeout) return {};
  Response response{.octets = message_of(*query, draft), .after = draft.after};
  const std::size_t room = carrier == Carrier::tcp ? UINT16_MAX : query->udp_size.value_or(512);
  response.is_truncated =
      response.octets.size() > room || (draft.mark == Kind::truncated && carrier == Carrier::udp);
  if (response.is_truncated) {
    response.octets = truncated_message(*query);
    return response;
  }
  const bool counts = draft.mark != Kind::garbage && (draft.rcode == 0 || draft.rcode == nxdomain);
  if (counts) asked.settled = std::min(asked.settled, now + draft.after);
  return response;
}

std::vector<std::string> FakeDns::asked() const {
  std::vector<std::string> all;
  for (const auto& [question, asked] : asked_) all.insert(all.end(), asked.times, question);
  return all;
}

}  // namespace smtpd::transcript
