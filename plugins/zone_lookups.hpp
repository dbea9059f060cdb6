#pragma once
/// Questions to block lists and white lists about an address or a domain, and what they come to.
/// What the plugins that look into zones have in common.
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/kit/dns_zones.hpp"
#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// One zone, asked about one subject.
struct ZoneLookup {
  const DnsZone* zone = nullptr;
  std::string subject = {};               ///< a domain, or an address as text
  std::optional<IpAddress> address = {};  ///< none: the subject is a domain
  ZoneFinding finding = {};
  std::string txt = {};  ///< of a block list's hit: its TXT record, fit for a reply; may be empty

  bool is_white() const { return zone->weight < 0; }
  bool is_hit() const { return finding.is_listed() && !is_white(); }
  /// A hit that adds to the score, so that a refusal names its zone; one of weight 0 does not.
  bool counts() const { return finding.is_listed() && zone->weight > 0; }
};

/// What a zone says, as a reply, a header and the log may have it.
std::string shown_text(const DnsZone& zone, std::string_view text);

/// What the zones say of one subject together.
struct ZoneScore {
  int sum = 0;
  int least = 0;  ///< if the white lists that could not be asked had it
};
ZoneScore score_of(const std::vector<ZoneLookup>& found, std::string_view subject);

/// qpsmtpd's older form of reject_type, `disconnect` or `perm` as the only word; none without it.
/// In a constructor, after all other arguments.
std::optional<Verdict> read_bare_reject_type(PluginContext& ctx);

/// The asking, for a plugin. Trouble of a zone is logged at WARN, each kind once a session.
class ZoneLookups {
 public:
  /// When TXT records are asked for: beside the addresses, or only of what is listed.
  enum class Txt : std::uint8_t { at_once, after_hit };
  explicit ZoneLookups(PluginContext& ctx, Txt txt = Txt::at_once) : ctx_(ctx), txt_(txt) {}

  /// Sends what collect() will need, and does not wait. The zones outlive the session's questions.
  void start(const std::vector<ZoneLookup>& lookups);
  /// Listings that count, and errors of white lists. All zones are asked at once, then those with a
  /// hit whether they list everything, and why.
  std::vector<ZoneLookup> collect(std::vector<ZoneLookup> lookups, milliseconds timeout);

 private:
  void confirm(std::vector<ZoneLookup>& hits, Deadline deadline);
  void tell_error(const DnsZone& zone, const ZoneFinding& error);
  void tell_once(const DnsZone& zone, std::string_view kind, std::string_view what);

  PluginContext& ctx_;
  Txt txt_;
  std::set<std::string> told_;
};

}  // namespace smtpd
