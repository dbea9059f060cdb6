#pragma once
/// Questions and answers of the DNS as octets (RFC 1035 4, RFC 6891, RFC 4035 3.1.6).
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/export.hpp"
#include "lib/services/dns.hpp"

namespace smtpd::dns {

/// RCODEs (RFC 1035 4.1.1, RFC 6891 9) that are told apart.
enum class Rcode : std::uint16_t {
  no_error = 0,
  format_error = 1,
  server_failure = 2,
  name_error = 3,
  not_implemented = 4,
  refused = 5,
};

enum class Edns { no, yes };

/// A question with RD and AD set, which asks for AD in the answer (RFC 6840 5.7), and with EDNS0 an
/// OPT record of `udp_size`. Its name is one (is_name).
SMTPD_API std::string write_question(const Question& question, std::uint16_t id, Edns edns);

/// What a message says.
struct Reading {
  enum class Kind {
    answer,    ///< one of the four outcomes; of `failed` only a CNAME chain without an end
    refusal,   ///< an RCODE other than NOERROR and NXDOMAIN
    nonsense,  ///< it is no answer to this question, or is damaged or cut off
  };
  Kind kind = Kind::nonsense;
  Answer answer = {};  ///< `authentic` is the bit AD
  Rcode rcode = Rcode::no_error;
  std::string why = {};  ///< unless it is an answer: `SERVFAIL`, `the answer is cut off`
};

/// Reads an answer to that canonical question. The id is not looked at: whoever receives the
/// message has done that.
SMTPD_API Reading read_answer(std::string_view message, const Question& question);

}  // namespace smtpd::dns
