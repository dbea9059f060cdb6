#pragma once
/// What is asked of the DNS and what comes back (RFC 1034, 1035, 3596, 6698).
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "lib/base/clock.hpp"
#include "lib/base/export.hpp"
#include "lib/base/network.hpp"

namespace smtpd::dns {

/// The types that are asked for, by their numbers on the wire.
enum class Type : std::uint16_t {
  a = 1,
  ns = 2,
  ptr = 12,
  mx = 15,
  txt = 16,
  aaaa = 28,
  tlsa = 52
};

/// `MX`.
SMTPD_API std::string_view to_string(Type type);

/// Names are compared without case and without a final dot.
struct Question {
  std::string name;  ///< `mx.example.com`; a U-label has to be made an A-label first (to_a_labels)
  Type type = Type::a;
  std::string shown = {};  ///< what the log says in place of a name that holds a secret
  friend std::strong_ordering operator<=>(const Question& a, const Question& b) {
    return std::tie(a.name, a.type) <=> std::tie(b.name, b.type);
  }
  friend bool operator==(const Question& a, const Question& b) {
    return a.type == b.type && a.name == b.name;
  }
};

/// `mx.example.com MX`, free of control octets; with what is shown in place of the name.
SMTPD_API std::string to_text(const Question& question);
/// In lower case, without a final dot.
SMTPD_API Question canonical(const Question& question);
/// False for a name that cannot exist and is never sent: empty, more than 253 octets, a label that
/// is empty or has more than 63, a blank, a control octet or one beyond ASCII.
SMTPD_API bool is_name(std::string_view name);

/// `7.2.0.192`, or 32 nibbles for IPv6 (RFC 3596 2.5, RFC 5782 2.4), lowest first, without a dot at
/// the end: what block lists and the reverse trees have in front of their zones. ::ffff:192.0.2.7
/// is 192.0.2.7.
SMTPD_API std::string reversed(const IpAddress& address);
/// The question for the names of an address (in-addr.arpa, ip6.arpa).
SMTPD_API Question names_of(const IpAddress& address);

/// The four things that may come of a question. Only `answer` has records. "No answer" is not "no":
/// `failed` is trouble (SERVFAIL, REFUSED, a time-out, nonsense, a bound that was reached) and is
/// never a listing, a missing name or a refusal for good.
enum class Outcome : std::uint8_t {
  answer,
  no_data,  ///< the name exists, and has no record of that type
  no_name,  ///< the name does not exist, nor does any below it (RFC 8020)
  failed
};

struct Mx {
  std::uint16_t preference = 0;
  std::string host = {};  ///< lower case, no final dot; empty for `.`: no mail at all (RFC 7505)
  friend bool operator==(const Mx&, const Mx&) = default;
};
struct Tlsa {
  std::uint8_t usage = 0, selector = 0, matching = 0;
  std::string data = {};  ///< octets
  friend bool operator==(const Tlsa&, const Tlsa&) = default;
};

/// What came. The list that belongs to the type of the question is filled, in the order of the
/// answer; records of other owners than the end of the CNAME chain are left out.
struct SMTPD_API Answer {
  Outcome outcome = Outcome::failed;
  std::vector<IpAddress> addresses = {};  ///< of a, aaaa
  std::vector<std::string> names = {};    ///< of ptr, ns; lower case, without a final dot
  std::vector<std::string> texts = {};    ///< of txt: the strings of each record joined; any octets
  std::vector<Mx> exchangers = {};        ///< of mx, best preference first
  std::vector<Tlsa> associations = {};    ///< of tlsa
  std::string owner = {};                 ///< the last name of the CNAME chain, lower case
  bool authentic = false;  ///< DNSSEC: the resolver has set AD, and it is trusted with that
  seconds ttl{0};          ///< the smallest one; of no_data and no_name the SOA's (RFC 2308 5)
  std::string why = {};    ///< with `failed`: a few words for the log, free of control octets

  bool has_records() const { return outcome == Outcome::answer; }
  bool has_failed() const { return outcome == Outcome::failed; }
};

/// `127.0.0.2, 127.0.0.4 (TTL 300)`, `no such name`, `no record of that type` or `no answer: WHY`,
/// free of control octets.
SMTPD_API std::string to_text(const Answer& answer);

/// Links of a CNAME chain; a longer one is `failed`, as a loop is.
inline constexpr unsigned longest_chain = 8;

}  // namespace smtpd::dns
