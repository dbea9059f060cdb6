#pragma once
/// Lines of zones that know something of an address or a domain, block lists and white lists, and
/// what their answers mean (RFC 5782). Shared by dnsbl, rhsbl, uribl and whitelist_zones.
#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/base/network.hpp"
#include "lib/services/config.hpp"
#include "lib/services/dns.hpp"

namespace smtpd {

/// Addresses of 127.0.0.0/8, octet for octet: `127.0.0.2-11`, `127.0.*.2-3`.
struct ZoneCode {
  struct Range {
    std::uint8_t first = 0, last = 255;
    bool any = false;  ///< written as *
    bool has(std::uint8_t octet) const { return octet >= first && octet <= last; }
  };
  std::array<Range, 4> octets = {};
};

/// One line: `ZONE [WORDS] [REST]`, WORDS being codes=, mask=, weight=, name=, test=, v4, v6,
/// names, in any order, and text= as the last one.
struct SMTPD_API DnsZone {
  std::string zone = {};  ///< lower case, without a final dot; may hold a paid key: never shown
  std::string shown =
      {};  ///< what replies, logs, headers and notes call it: name=, or the zone with
           ///< `...` for each label of more than 20 characters
  std::vector<ZoneCode> codes = {};  ///< codes=; empty: every code
  std::uint32_t mask = 0;            ///< mask=, bits of the address as a number; 0: every code
  int weight = 1;                    ///< weight=; negative: a white list
  std::string test = {};             ///< test=: a name in the zone that is listed
  bool v4 = true, v6 = true;         ///< which addresses it is asked about; with `names` none
  std::string text = {};             ///< text=, or what stands after `ZONE:`; may be empty
  std::string rest = {};             ///< what follows the words, for the plugin; with `ZONE:` empty
  std::string where = {};            ///< `FILE:LINE`

  /// Whether it is asked about that address.
  bool asks(const IpAddress& address) const { return address.unmapped().v6 ? v6 : v4; }
  /// `text`, with its zone's name as it is shown, free of control octets: for what came from the
  /// DNS, or may quote a question.
  std::string hidden(std::string_view text_of_zone) const;
};

/// Whether a line may be `ZONE:TEXT`, TEXT to its end.
enum class ZoneForm : std::uint8_t { plain, colon_text };

/// Errors: config; a sentence with file and line that has no label of more than 20 characters in
/// it, and the nearest word.
SMTPD_API std::expected<DnsZone, Error> parse_zone(const ConfigLine& line, ZoneForm form);
/// The error of a plugin that knows no such word in DnsZone::rest. `more`: the words that it knows.
SMTPD_API Error unknown_zone_word(const DnsZone& zone, std::string_view word,
                                  std::span<const std::string_view> more = {});

struct ZoneLines {
  std::vector<DnsZone> zones = {};
  std::vector<Error> errors = {};  ///< of the lines that are left out
};
SMTPD_API ZoneLines parse_zones(std::span<const ConfigLine> lines, ZoneForm form);

/// Lines with words that are none of ours become errors: for plugins that know no more.
SMTPD_API ZoneLines without_rest(ZoneLines lines);

/// Of a zone that lists its control_question(), for a WARN: one a zone and session.
inline constexpr std::string_view lists_everything =
    "it lists everything, so it is dead or no list, and what it says does not count: take it out "
    "of the configuration";

/// What is asked: `7.2.0.192.ZONE`, by nibbles for IPv6.
SMTPD_API dns::Question zone_question(const DnsZone& zone, const IpAddress& address,
                                      dns::Type type = dns::Type::a);
/// `DOMAIN.ZONE`; the domain in A-labels.
SMTPD_API dns::Question zone_question(const DnsZone& zone, std::string_view domain,
                                      dns::Type type = dns::Type::a);

/// What zones are asked about.
enum class ZoneSubject : std::uint8_t { address, domain };
/// What no sound zone lists: 127.0.0.1, or the domain `invalid` (RFC 5782 5). Asked after a hit,
/// which counts only if judge() finds `nothing` in the answer; with `listed` the zone lists
/// everything, and lists_everything says what to do.
SMTPD_API dns::Question control_question(const DnsZone& zone, ZoneSubject subject);

/// What an answer to the question for A records means.
struct ZoneFinding {
  enum class Kind : std::uint8_t {
    nothing,
    listed,
    error,  ///< never a listing and never "not listed": the DNS failed, or the zone says something
            ///< else than that
  } kind = Kind::nothing;
  IpAddress code = {};   ///< with listed: the first address that counts; with error if there is one
  std::string why = {};  ///< with error: a few words for the log
  bool is_listed() const { return kind == Kind::listed; }
  bool is_error() const { return kind == Kind::error; }
};
/// A listing is an address in 127.0.0.0/8 that codes and mask have. Errors are a question that
/// failed, 127.0.0.1, 127.0.0.255, 127.0.1.255 (unless codes names it, `*` does not),
/// 127.255.255.0/24 and whatever is outside of 127.0.0.0/8, also beside other addresses.
SMTPD_API ZoneFinding judge(const DnsZone& zone, const dns::Answer& answer);

/// True for addresses that no list knows anything of: loopback, private (RFC 1918, 4193),
/// link-local, shared (RFC 6598), unspecified, multicast, reserved.
SMTPD_API bool is_local_address(const IpAddress& address);

/// `text` with `address` in place of each %IP%.
SMTPD_API std::string with_address(std::string_view text, std::string_view address);

}  // namespace smtpd
