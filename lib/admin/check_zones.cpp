/// `--check-zones`: asks every block list and white list for its test points (RFC 5782 5).
#include <algorithm>
#include <array>
#include <utility>

#include "lib/admin/admin.hpp"
#include "lib/admin/assembly.hpp"
#include "lib/admin/check.hpp"
#include "lib/base/text.hpp"
#include "lib/kit/dns_zones.hpp"
#include "lib/services/resolver.hpp"

namespace smtpd {
namespace {

/// What the zones of a key are asked about.
struct ZoneKey {
  std::string_view name;
  ZoneForm form = ZoneForm::plain;
  bool has_addresses = false, has_domains = false;
};
constexpr auto zone_keys =
    std::array{ZoneKey{.name = "dnsbl_zones", .form = ZoneForm::colon_text, .has_addresses = true},
               ZoneKey{.name = "rhsbl_zones", .has_domains = true},
               ZoneKey{.name = "uribl_zones", .has_addresses = true, .has_domains = true},
               ZoneKey{.name = "whitelist_zones", .has_addresses = true}};

/// ::FFFF:7F00:2 by nibbles; dns::reversed() would make 127.0.0.2 of it.
constexpr std::string_view v6_point =
    "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0";

/// A zone, and what is asked of it.
struct Examination {
  DnsZone zone;
  bool is_optional_v6 = false;  ///< the last point is that of IPv6, and there are others
  std::vector<dns::Question> points = {}, controls = {};
  std::vector<dns::Answer> point_answers = {}, control_answers = {};
  dns::Answer zone_answer = {};
};

Examination examination_of(DnsZone zone, const ZoneKey& key) {
  Examination all{.zone = std::move(zone)};
  const DnsZone& asked = all.zone;
  const auto add_point = [&](std::string_view name) {
    all.points.push_back(zone_question(asked, name));
  };
  const bool has_v4 = key.has_addresses && asked.v4, has_v6 = key.has_addresses && asked.v6;
  if (key.has_domains) all.controls.push_back(control_question(asked, ZoneSubject::domain));
  if (has_v4 || has_v6) all.controls.push_back(control_question(asked, ZoneSubject::address));
  if (!asked.test.empty()) {
    add_point(asked.test);
    return all;
  }
  if (key.has_domains) add_point("test");
  if (has_v4) add_point("2.0.0.127");
  all.is_optional_v6 = has_v6 && !all.points.empty();
  if (has_v6) add_point(v6_point);
  return all;
}

/// All questions of all zones at once.
void ask(std::vector<Examination>& zones, dns::Resolver& resolver, Deadline deadline) {
  std::vector<dns::Question> questions;
  for (const Examination& each : zones) {
    questions.insert(questions.end(), each.points.begin(), each.points.end());
    questions.insert(questions.end(), each.controls.begin(), each.controls.end());
    questions.push_back({each.zone.zone, dns::Type::ns});
  }
  const auto answers = resolver.ask_all(questions, deadline, dns::Budget::exempt);
  auto next = answers.begin();
  for (Examination& each : zones) {
    for (std::size_t i = 0; i < each.points.size(); ++i) each.point_answers.push_back(*next++);
    for (std::size_t i = 0; i < each.controls.size(); ++i) each.control_answers.push_back(*next++);
    each.zone_answer = *next++;
  }
}

struct Soundness {
  bool is_sound = false;
  std::string text = {};
};

std::string refusal(const ZoneFinding& finding) {
  return finding.code == IpAddress() ? "dead, or the resolver is: " + finding.why : finding.why;
}

/// The first listing among the test points, whatever codes and masks there are.
const dns::Answer* find_listed(const Examination& all) {
  DnsZone any = all.zone;
  any.mask = 0;
  if (!any.codes.empty()) any.codes.push_back({{{{127, 127}, {}, {}, {}}}});
  for (const dns::Answer& answer : all.point_answers) {
    if (judge(any, answer).is_listed()) return &answer;
  }
  return nullptr;
}

Soundness judge_points(const Examination& all) {
  const dns::Answer* const listed = find_listed(all);
  if (!listed) {
    for (const dns::Answer& answer : all.point_answers) {
      if (const auto finding = judge(all.zone, answer); finding.is_error())
        return {.text = refusal(finding)};
    }
    if (all.zone_answer.outcome == dns::Outcome::no_name)
      return {.text = "dead: there is no such zone"};
    return {.is_sound = true,
            .text = "it has no test point, so that nobody knows; `test=NAME` names one"};
  }
  Soundness verdict{.is_sound = true, .text = "fine"};
  if (!judge(all.zone, *listed).is_listed())
    verdict.text +=
        "; codes= or mask= leave its test point out, which is " + listed->addresses.front().text();
  if (all.is_optional_v6 && !all.point_answers.back().has_records())
    verdict.text += "; no test point for IPv6: `v4` saves those questions if it has none";
  return verdict;
}

Soundness verdict_of(const Examination& all) {
  for (const dns::Answer& answer : all.control_answers) {
    const ZoneFinding finding = judge(all.zone, answer);
    if (finding.is_listed()) return {.text = std::string(lists_everything)};
    if (finding.is_error()) return {.text = refusal(finding)};
  }
  return judge_points(all);
}

/// `127.0.0.1 (FILE:LINE)`, and whether everybody uses it.
std::string describe(const dns::Settings& settings) {
  std::string text;
  for (const dns::Settings::Server& server : settings.servers) {
    text.append(text.empty() ? "" : ", ").append(server.text());
    if (const auto owner = public_resolver(server.address); !owner.empty())
      text.append(", a public one (").append(owner).append("), which lists refuse");
  }
  return text + " (" + settings.origin + ')';
}

}  // namespace

std::string_view public_resolver(const IpAddress& address) {
  struct Known {
    std::string_view network, owner;
  };
  // Two or more addresses each, of services that are open to everybody.
  constexpr std::array known{
      Known{"8.8.8.8/32", "Google"},          Known{"8.8.4.4/32", "Google"},
      Known{"2001:4860:4860::/48", "Google"}, Known{"1.1.1.0/29", "Cloudflare"},
      Known{"1.0.0.0/29", "Cloudflare"},      Known{"2606:4700:4700::/48", "Cloudflare"},
      Known{"9.9.9.0/24", "Quad9"},           Known{"149.112.112.0/24", "Quad9"},
      Known{"2620:fe::/48", "Quad9"},         Known{"208.67.220.0/22", "OpenDNS"},
      Known{"2620:119:35::/48", "OpenDNS"},   Known{"2620:119:53::/48", "OpenDNS"}};
  for (const Known& each : known) {
    const auto network = Network::parse(each.network);
    if (network && network->contains(address.unmapped())) return each.owner;
  }
  return {};
}

void look_at_resolver(Assembly& all) {
  const bool has_zones = std::ranges::any_of(zone_keys, [&](const ZoneKey& key) {
    // What no plugin reads asks nothing.
    if (!all.asked().contains(key.name)) return false;
    const auto lines = all.config().lines(key.name);
    return lines && !(*lines)->empty();
  });
  if (!has_zones) return;
  const auto settings = dns::read_settings(all.config());
  if (!settings) return;  // told already
  for (const dns::Settings::Server& server : settings->servers) {
    const auto owner = public_resolver(server.address);
    if (owner.empty()) continue;
    all.add_remark(settings->origin + ": " + server.text() + " is a public resolver (" +
                   std::string(owner) + "), which block lists refuse; run one of your own, see " +
                   "doc/dns.md");
  }
}

Printout check_zones(const Options& options, Services& services) {
  constexpr seconds patience{30};
  Assembly all(options, services);
  Printout printout;
  const auto complain = [&](const std::string& text) {
    printout.complaints += text + '\n';
    printout.exit_code = 1;
  };
  std::vector<Examination> zones;
  for (const ZoneKey& key : zone_keys) {
    const auto lines = all.config().lines(key.name);
    if (!lines) {
      complain(lines.error().what);
      continue;
    }
    auto [read, errors] = parse_zones(**lines, key.form);
    for (const Error& error : errors) complain(error.what);
    for (DnsZone& zone : read) zones.push_back(examination_of(std::move(zone), key));
  }
  const auto settings = dns::read_settings(all.config());
  Log log(services.log, services.clock);
  const auto resolver = services.resolver.get(all.config(), log);
  if (!settings || !resolver) {
    complain(settings ? resolver.error().what : settings.error().what);
    return printout;
  }
  printout.output = "resolver: " + describe(*settings) + '\n';
  ask(zones, **resolver, services.clock.after(patience));
  for (const Examination& each : zones) {
    const Soundness verdict = verdict_of(each);
    if (!verdict.is_sound) printout.exit_code = 1;
    printout.output += each.zone.where + ": " + each.zone.shown + ": " + verdict.text + '\n';
  }
  if (zones.empty()) printout.output += "no zones\n";
  return printout;
}

}  // namespace smtpd
