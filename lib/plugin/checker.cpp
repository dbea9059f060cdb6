#include "lib/plugin/checker.hpp"

namespace smtpd {

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
  const std::string about = detail.empty() ? refusal.text : std::string(detail);
  switch (reject_) {
    case Reject::no: log(Level::info, "fail, tolerated, " + about); return declined();
    case Reject::naughty:
      if (ctx().observes()) {
        log(Level::notice, "would be NAUGHTY, " + about);
        return declined();
      }
      log(Level::info, "fail, NAUGHTY, " + about);
      defer(refusal.text);
      return declined();
    case Reject::yes: break;
  }
  log(Level::info, "fail, " + about);
  return refusal;
}

void Checker::defer(const std::string& text) const {
  Notes& notes = ctx().connection().notes;
  std::string reasons = notes.text(note::naughty.name).value_or("");
  if (!reasons.empty()) reasons += '\n';
  notes.set(note::naughty, reasons + '(' + ctx().log_name() + ") " + text);
  notes.set(note::rejected, true);
  if (!notes.has(note::naughty_reject_type) && verdict_) {
    notes.set(note::naughty_reject_type, std::string(to_string(*verdict_)));
  }
}

Result Checker::passed(std::string_view text) const {
  log(Level::info, "pass, " + std::string(text));
  return declined();
}

Result Checker::skipped(std::string_view text) const {
  log(Level::info, "skip, " + std::string(text));
  return declined();
}

void Checker::adjust_karma(int delta) const {
  Notes& notes = ctx().connection().notes;
  const std::int64_t* const before = notes.get(note::karma);
  const std::int64_t sum = (before ? *before : 0) + delta;
  notes.set(note::karma, std::int64_t{sum});
  log(Level::info, "karma " + std::to_string(delta) + " (" + std::to_string(sum) + ')');
}

}  // namespace smtpd
