#include "plugins/zone_lookups.hpp"

#include <algorithm>

#include "lib/base/utf8.hpp"
#include "lib/services/resolver.hpp"

namespace smtpd {
namespace {

// Octets of what a zone says; replies are lines.
constexpr std::size_t longest_text = 200;

dns::Question question_of(const ZoneLookup& lookup, dns::Type type) {
  return lookup.address ? zone_question(*lookup.zone, *lookup.address, type)
                        : zone_question(*lookup.zone, lookup.subject, type);
}

dns::Question control_of(const ZoneLookup& lookup) {
  return control_question(*lookup.zone,
                          lookup.address ? ZoneSubject::address : ZoneSubject::domain);
}

/// Whether the zone is asked what it says of the subject.
bool asks_txt(const ZoneLookup& lookup) { return !lookup.is_white() && lookup.zone->text.empty(); }

/// Neither a listing nor a white list that might have been one.
bool is_over(const ZoneLookup& lookup) {
  return !lookup.finding.is_listed() && !(lookup.finding.is_error() && lookup.is_white());
}

std::string txt_of(const DnsZone& zone, const dns::Answer& answer) {
  if (!answer.has_records() || answer.texts.empty()) return {};
  return shown_text(zone, answer.texts.front());
}

}  // namespace

std::string shown_text(const DnsZone& zone, std::string_view text) {
  std::string shown = zone.hidden(text);
  restrict_to(Charset::ascii, shown);
  shown.resize(std::min(shown.size(), longest_text));
  return shown;
}

std::optional<Verdict> read_bare_reject_type(PluginContext& ctx) {
  Arguments rest = ctx.args;
  const auto word = rest.any_word();
  if (!word || (*word != "disconnect" && *word != "perm")) return {};
  ctx.args.any_word();
  return *word == "disconnect" ? Verdict::deny_disconnect : Verdict::deny;
}

ZoneScore score_of(const std::vector<ZoneLookup>& found, std::string_view subject) {
  ZoneScore score;
  for (const ZoneLookup& lookup : found) {
    if (lookup.subject != subject) continue;
    if (lookup.finding.is_listed()) score.sum += lookup.zone->weight;
    score.least += lookup.zone->weight;
  }
  return score;
}

void ZoneLookups::start(const std::vector<ZoneLookup>& lookups) {
  if (lookups.empty()) return;
  dns::Resolver& resolver = ctx_.resolver();
  for (const ZoneLookup& lookup : lookups) {
    const bool wants_txt = asks_txt(lookup);
    const dns::Question txt = question_of(lookup, dns::Type::txt);
    std::vector<dns::Question> after_hit{control_of(lookup)};
    if (wants_txt && txt_ == Txt::after_hit) after_hit.push_back(txt);
    resolver.start(question_of(lookup, dns::Type::a),
                   [&resolver, zone = lookup.zone, after_hit](const dns::Answer& answer) {
                     if (!judge(*zone, answer).is_listed()) return;
                     for (const dns::Question& question : after_hit) resolver.start(question);
                   });
    if (wants_txt && txt_ == Txt::at_once) resolver.start(txt);
  }
}

std::vector<ZoneLookup> ZoneLookups::collect(std::vector<ZoneLookup> lookups,
                                             milliseconds timeout) {
  if (lookups.empty()) return lookups;
  const Deadline deadline = ctx_.clock().after(timeout);
  start(lookups);
  std::vector<dns::Question> questions;
  questions.reserve(lookups.size());
  for (const ZoneLookup& lookup : lookups) questions.push_back(question_of(lookup, dns::Type::a));
  const auto answers = ctx_.resolver().ask_all(questions, deadline);
  for (std::size_t i = 0; i < lookups.size(); ++i) {
    lookups[i].finding = judge(*lookups[i].zone, answers[i]);
    if (lookups[i].finding.is_error()) tell_error(*lookups[i].zone, lookups[i].finding);
  }
  std::erase_if(lookups, is_over);
  confirm(lookups, deadline);
  std::erase_if(lookups, is_over);
  return lookups;
}

/// A hit counts if its zone does not list everything. One that cannot say so becomes an error.
void ZoneLookups::confirm(std::vector<ZoneLookup>& hits, Deadline deadline) {
  std::vector<dns::Question> questions;
  for (const ZoneLookup& hit : hits) {
    if (!hit.finding.is_listed()) continue;
    questions.push_back(control_of(hit));
    if (asks_txt(hit)) questions.push_back(question_of(hit, dns::Type::txt));
  }
  if (questions.empty()) return;
  const auto answers = ctx_.resolver().ask_all(questions, deadline);
  auto answer = answers.begin();
  for (ZoneLookup& hit : hits) {
    if (!hit.finding.is_listed()) continue;
    const ZoneFinding control = judge(*hit.zone, *answer++);
    if (asks_txt(hit)) hit.txt = txt_of(*hit.zone, *answer++);
    if (control.is_listed()) {
      tell_once(*hit.zone, "everything", lists_everything);
      hit.finding = {};
    } else if (control.is_error()) {
      tell_error(*hit.zone, control);
      hit.finding = control;
    }
  }
}

void ZoneLookups::tell_error(const DnsZone& zone, const ZoneFinding& error) {
  tell_once(zone, error.code == IpAddress() ? "failed" : error.code.text(), error.why);
}

void ZoneLookups::tell_once(const DnsZone& zone, std::string_view kind, std::string_view what) {
  if (told_.insert(zone.zone + ' ' + std::string(kind)).second)
    ctx_.log(Level::warn, "error, " + zone.shown + ": " + std::string(what));
}

}  // namespace smtpd
