#include "lib/plugin/checker.hpp"

#include <algorithm>

namespace smtpd {
namespace {

/// Octets of the reply that naughty makes of all that was deferred.
constexpr std::size_t most_reasons = 4096;

}  // namespace

bool Checker::immune(const Connection& conn) const {
  if (conn.relay_client) {
    log(Level::info, "skip, relay client");
    return true;
  }
  if (conn.notes.has(note::whitelisthost)) {
    log(Level::info, "skip, whitelisted host");
    return true;
  }
  return false;
}

bool Checker::immune(const Transaction& txn) const {
  if (immune(txn.connection())) return true;
  if (!txn.notes.has(note::whitelistsender)) return false;
  log(Level::info, "skip, whitelisted sender");
  return true;
}

Result Checker::reject(Result refusal, std::string_view detail) const {
  if (verdict_) refusal.verdict = *verdict_;
  return carry_out(std::move(refusal), detail);
}

Result Checker::reject_for_now(Result refusal, std::string_view detail) const {
  const bool ends = disconnects(verdict_.value_or(refusal.verdict));
  refusal.verdict = ends ? Verdict::denysoft_disconnect : Verdict::denysoft;
  return carry_out(std::move(refusal), detail);
}

Result Checker::carry_out(Result refusal, std::string_view detail) const {
  std::string about(detail.empty() ? refusal.text : detail);
  take_enhanced(about);
  switch (reject_policy()) {
    case Reject::no: log(Level::info, "fail, tolerated, " + about); return declined();
    case Reject::naughty:
      if (ctx().observes()) {
        log(Level::notice, "would be NAUGHTY, " + about);
        return declined();
      }
      log(Level::info, "fail, NAUGHTY, " + about);
      defer(refusal);
      return declined();
    case Reject::yes: break;
  }
  log(Level::info, "fail, " + about);
  return refusal;
}

void Checker::defer(const Result& refusal) const {
  Notes& notes = ctx().connection().notes;
  std::string reasons = notes.text(note::naughty.name).value_or("");
  std::string reason = '(' + ctx().plugin_name() + ") " + refusal.text;
  reason.resize(std::min(reason.size(), most_reasons));
  std::string plain = reason;
  take_enhanced(plain);
  // Once each, and within bounds, however often the client gives the occasion.
  if (reasons.find(plain) == reasons.npos && reasons.size() + reason.size() <= most_reasons) {
    take_enhanced(reasons);  // a reply has one code, the last text's
    if (!reasons.empty()) reasons += '\n';
    notes.set(note::naughty, reasons + reason);
  }
  notes.set(note::rejected, true);
  // A plain DENY says nothing about how: naughty has a default of its own then.
  const bool says_how = verdict_ || refusal.verdict != Verdict::deny;
  if (says_how && !notes.has(note::naughty_reject_type))
    notes.set(note::naughty_reject_type, to_string(refusal.verdict));
}

Result Checker::passed(std::string_view text) const {
  log(Level::info, "pass, " + std::string(text));
  return declined();
}

Result Checker::skipped(std::string_view text) const {
  log(Level::info, "skip, " + std::string(text));
  return declined();
}

void adjust_karma(PluginContext& ctx, int delta) {
  Notes& notes = ctx.connection().notes;
  const std::int64_t* const before = notes.get(note::karma);
  const std::int64_t sum = (before ? *before : 0) + delta;
  notes.set(note::karma, std::int64_t{sum});
  ctx.log(Level::info, "karma " + std::to_string(delta) + " (" + std::to_string(sum) + ')');
}

}  // namespace smtpd
