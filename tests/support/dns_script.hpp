#pragma once
/// [dns] sections: what a fake DNS has, line by line.
#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/transcript.hpp"

namespace smtpd::transcript {

/// A type of records by its name, or none.
std::optional<std::uint16_t> dns_type(std::string_view name);
/// `MX`, or `TYPE99`.
std::string dns_type_name(std::uint16_t type);

/// One line.
struct DnsRecord {
  enum class Kind { data, timeout, servfail, refused, truncated, garbage, formerr_edns };
  std::string owner;       ///< lower case, without a final dot; `*.NAME` as it stands
  std::uint16_t type = 0;  ///< with CNAME, of any question
  Kind kind = Kind::data;
  std::string data = {};    ///< RDATA as octets, without compression
  std::string target = {};  ///< of a CNAME
  std::chrono::milliseconds after{0};
  bool is_authentic = false;
};

struct DnsScript {
  std::vector<DnsRecord> records = {};
};

/// Variables in the lines have the values that they have now. Errors: the first line that is none.
std::expected<DnsScript, Problem> parse_dns(const Section& section, const Variables& variables);

/// A [dns asked] section against the questions that were asked, each as `NAME TYPE`.
Checked check_asked(const Section& section, std::vector<std::string> asked,
                    const Variables& variables);

/// A name on the wire. Errors: a sentence.
std::expected<std::string, std::string> dns_wire_name(std::string_view name);

}  // namespace smtpd::transcript
