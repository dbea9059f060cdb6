/// A zone line is read, with values that are used as they stand, or the error names its place; no
/// long label of it is ever shown; an answer has one meaning, whatever stands in front of it.
#include <algorithm>

#include "lib/base/text.hpp"
#include "lib/kit/dns_zones.hpp"
#include "tests/fuzz/support.hpp"

namespace smtpd::fuzz {
namespace {

/// Whether a text has a label of the zone that is too long to be shown.
bool shows_key(const DnsZone& zone, std::string_view text) {
  // A name= that has the zone in it is what its administrator wants.
  if (lower(zone.shown).contains(zone.zone)) return false;
  return lower(text).contains(zone.zone);
}

void check_zone(const DnsZone& zone) {
  require(dns::is_name(zone.zone) && zone.zone.contains('.'), "a zone is a name");
  require(lower(zone.zone) == zone.zone, "in lower case");
  require(is_plain(zone.shown) && !zone.shown.empty(), "what is shown is plain");
  require(zone.weight >= -100 && zone.weight <= 100, "the weight");
  for (const ZoneCode& code : zone.codes) {
    require(code.octets[0].first == 127 && code.octets[0].last == 127, "codes are in 127.0.0.0/8");
    for (const auto& range : code.octets) require(range.first <= range.last, "a range");
  }
  const IpAddress client{.octets = {192, 0, 2, 7}};
  require(dns::is_name(zone_question(zone, client).name), "a question about IPv4");
  require(dns::is_name(zone_question(zone, IpAddress{.v6 = true, .octets = {0x20}}).name),
          "a question about IPv6");
  require(!shows_key(zone, zone.hidden("q " + zone.zone + " a")), "the zone is hidden");
}

void check_answer(const DnsZone& zone, Input& input) {
  dns::Answer answer{.outcome = dns::Outcome::answer};
  bool is_foreign = false;
  for (unsigned i = input.octet() % 4; i > 0; --i) {
    IpAddress address;
    for (std::size_t each = 0; each < 4; ++each)
      address.octets[each] = static_cast<unsigned char>(input.octet());
    if (input.octet() % 4 != 0) address.octets[0] = 127;
    is_foreign = is_foreign || address.octets[0] != 127;
    answer.addresses.push_back(address);
  }
  const ZoneFinding finding = judge(zone, answer);
  if (is_foreign) require(finding.is_error(), "what is outside of 127.0.0.0/8 is an error");
  if (answer.addresses.empty()) require(!finding.is_listed(), "nothing is no listing");
  require(finding.is_error() == !finding.why.empty(), "an error has a reason, nothing else has");
  std::ranges::reverse(answer.addresses);
  require(judge(zone, answer).kind == finding.kind, "the order makes no difference");
  answer.outcome = dns::Outcome::failed;
  answer.why = "no answer from " + zone.zone;
  require(judge(zone, answer).is_error(), "what has failed is an error");
  require(!shows_key(zone, judge(zone, answer).why), "the reason does not show the zone");
}

}  // namespace
}  // namespace smtpd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace smtpd;
  using namespace smtpd::fuzz;
  Input input(data, size);
  const ZoneForm form = input.octet() % 2 == 0 ? ZoneForm::plain : ZoneForm::colon_text;
  const std::string text(input.part());
  const auto zone = parse_zone({.text = text, .file = "zones", .line = 1}, form);
  if (!zone) {
    require(zone.error().what.starts_with("zones:1: "), "an error names its place");
    return 0;
  }
  check_zone(*zone);
  check_answer(*zone, input);
  return 0;
}
