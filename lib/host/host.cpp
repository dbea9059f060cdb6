#include "lib/host/host.hpp"

#include <algorithm>
#include <array>
#include <ranges>

#include "lib/base/text.hpp"
#include "lib/services/rehearsal.hpp"
#include "lib/services/resolver.hpp"

namespace smtpd {

Host::Running::Running(Host& host, Hook hook, PluginContext* owner)
    : host_(host), hook_(std::exchange(host.hook_, hook)) {
  if (hook != Hook::logging && host.parts_.log.wants(Level::debug)) {
    host.parts_.log.log(Level::debug, "running plugin: " + owner->name(), to_string(hook));
  }
  if (Rehearsal* const rehearsal = host.parts_.services.rehearsal)
    rehearsal->begins({to_string(hook), owner->name(), owner->where()});
}

Host::Running::~Running() {
  host_.hook_ = hook_;
  if (Rehearsal* const rehearsal = host_.parts_.services.rehearsal) rehearsal->ends();
}

void Host::tell_answer(Verdict verdict, std::string_view text) const {
  if (Rehearsal* const rehearsal = parts_.services.rehearsal)
    rehearsal->answered(to_string(verdict), text);
}

Host::Host(const Parts& parts) : parts_(parts) {}

Host::~Host() {
  // Plugins go in the reverse order of their loading, and before the log that their destructors may
  // write to.
  parts_.log.forward_to(Level::emerg, {});
  forget_questions_of_client();
  if (resolver_ && parts_.client) parts_.client->set_meanwhile(nullptr);
  for (Chain& each : chains_) each.clear();
  while (!loaded_.empty()) loaded_.pop_back();
}

std::expected<dns::Resolver*, Error> Host::resolver() {
  if (resolver_) return resolver_;
  const auto found = parts_.services.resolver.get(parts_.config, parts_.log);
  if (!found) return found;
  resolver_ = *found;
  resolver_->tell_of_answers(parts_.services.rehearsal);
  if (parts_.client) parts_.client->set_meanwhile(&resolver_->meanwhile());
  return resolver_;
}

void Host::end_questions_of_transaction() {
  if (resolver_) resolver_->end_transaction();
}

void Host::forget_questions_of_client() {
  if (resolver_) resolver_->forget_client();
}

const std::vector<std::string>& Host::accepted_parameters(Hook mail_or_rcpt) const {
  return mail_or_rcpt == Hook::mail ? mail_parameters_ : rcpt_parameters_;
}

void Host::log_thrown(Hook hook, const Handler& handler, const Thrown& thrown) {
  parts_.log.log(Level::crit, "FATAL PLUGIN ERROR [" + handler.owner->name() + "]: " + thrown.text,
                 to_string(hook), handler.owner->name());
}

namespace {

bool is_authentication(Hook hook) {
  constexpr std::array hooks{Hook::auth,       Hook::password,      Hook::auth_plain,
                             Hook::auth_login, Hook::auth_cram_md5, Hook::auth_token,
                             Hook::credentials};
  return std::ranges::find(hooks, hook) != hooks.end();
}

}  // namespace

std::string internal_error(Hook hook) {
  return is_authentication(hook) ? "" : "Internal error, try again later (#4.3.0)";
}

bool Host::errors_decline(Hook hook) {
  if (hook == Hook::identify || is_authentication(hook)) return false;
  if (!errors_decline_) {
    // Another word ends the session where it reads its limits, and so it does for observe.
    errors_decline_ = parts_.config.is_set_to("plugin_errors", "declined").value_or(false);
  }
  return *errors_decline_;
}

bool Host::observing() {
  if (!observing_) observing_ = parts_.config.flag("observe").value_or(false);
  return *observing_;
}

bool Host::only_observed(Hook hook, const Handler& handler, const Refusal& refusal) {
  constexpr std::array never{Hook::identify, Hook::queue, Hook::queue_pre, Hook::queue_post};
  if (std::ranges::find(never, hook) != never.end() || is_authentication(hook) ||
      !handler.owner->observes())
    return false;
  std::string text = "would " + std::string(to_string(refusal.verdict));
  if (!refusal.text.empty()) text.append(", ").append(refusal.text);
  parts_.log.log(Level::notice, text, to_string(hook), handler.owner->name());
  return true;
}

void Host::log_returned(Level level, Hook hook, const std::string& name, const std::string& what) {
  parts_.log.log(level,
                 "Plugin " + name + ", hook " + std::string(to_string(hook)) + " returned " + what);
}

Result Host::settle(Hook hook, const Handler& handler, Outcome<Result>&& outcome,
                    HookResults& results) {
  Result result;
  if (outcome.thrown) {
    log_thrown(hook, handler, outcome.thrown);
    result = errors_decline(hook) ? declined() : denysoft(internal_error(hook));
  } else {
    result = std::move(*outcome.value);
  }
  const std::string& name = handler.owner->name();
  if (to_string(result.verdict) == "?") {  // an octet that is no verdict, from a broken module
    log_returned(Level::error, hook, name, "no verdict");
    result = denysoft(internal_error(hook));
  }
  if (is_refusal(result.verdict) && only_observed(hook, handler, {result.verdict, result.text})) {
    result = declined();
  }
  results.record(hook, name, result.verdict);
  tell_answer(result.verdict, result.reply ? result.reply->text : result.text);
  if (parts_.log.wants(Level::debug)) {
    log_returned(Level::debug, hook, name,
                 std::string(to_string(result.verdict)) + ", " + result.text);
  }
  if (is_refusal(result.verdict)) {
    if (hook != Hook::queue_post) refusals_.record(hook, name, result.verdict);
    observe<Hook::deny>(hook, std::string_view(name), std::as_const(result));
  } else {
    if (result.verdict == Verdict::done) refusals_.answered(name);
    observe<Hook::ok>(hook, std::string_view(name), std::as_const(result));
  }
  return result;
}

Result Host::judge_recipient_after(const PluginContext& owner, Transaction& txn,
                                   const Address& rcpt, const Parameters& parameters) {
  const Chain& all = chain(Hook::rcpt);
  const auto last = std::ranges::find(std::views::reverse(all), &owner, &Handler::owner);
  return ask<Hook::rcpt>({last.base(), all.end()}, txn, rcpt, parameters);
}

Host::Route Host::route(const Transaction& txn, const Address& rcpt) {
  Route taken;
  for (const Handler& queue : chain(Hook::queue)) {
    const auto says = std::ranges::find(chain(Hook::route), queue.owner, &Handler::owner);
    if (says == chain(Hook::route).end()) {
      taken.taker = queue.owner;
      break;
    }
    auto outcome = call<Hook::route>(*says, txn, rcpt);
    if (outcome.thrown) log_thrown(Hook::route, *says, outcome.thrown);
    if (!outcome.value || outcome.value->empty()) continue;
    taken = {queue.owner, std::move(*outcome.value)};
    break;
  }
  if (Rehearsal* const rehearsal = parts_.services.rehearsal)
    rehearsal->routed(rcpt.text(), taken.taker ? taken.taker->name() : "", taken.places);
  return taken;
}

Result Host::rehearse_queue(Transaction& txn) {
  for (const Recipient& rcpt : txn.recipients) {
    if (!route(txn, rcpt.address).taker) return declined();
  }
  return ok(txn.queued_text());
}

Result Host::queue_with_tls(Transaction& txn) {
  Result last = declined();
  for (const Handler& handler : chain(Hook::queue)) {
    Result result;
    if (handler.owner->keeps_require_tls()) {
      result = settle(Hook::queue, handler, call<Hook::queue>(handler, txn), txn.results);
    } else {
      result = done(Reply{550, EnhancedCode{5, 7, 30},
                          "REQUIRETLS support required, and the queue here lacks it"});
      parts_.log.log(Level::notice, "does not say that it keeps REQUIRETLS, refused in its place",
                     to_string(Hook::queue), handler.owner->name());
      refusals_.record(Hook::queue, handler.owner->name(), Verdict::deny);
    }
    if (result.verdict != Verdict::declined) return result;
    if (!result.text.empty()) last.text = std::move(result.text);
  }
  return last;
}

void Host::queue_post(Transaction& txn) {
  for (const Handler& handler : chain(Hook::queue_post)) {
    const Result result =
        settle(Hook::queue_post, handler, call<Hook::queue_post>(handler, txn), txn.results);
    if (result.verdict == Verdict::ok || result.verdict == Verdict::declined) continue;
    parts_.log.log(Level::error,
                   "queue_post: " + std::string(to_string(result.verdict)) + " " + result.text,
                   to_string(Hook::queue_post), handler.owner->name());
  }
}

std::vector<Host::Entry> Host::plugins() const {
  std::vector<Entry> all;
  all.reserve(loaded_.size());
  for (const Loaded& each : loaded_) all.push_back({*each.ctx, *each.description});
  return all;
}

std::vector<Host::HandlerEntry> Host::handlers(Hook hook) const {
  std::vector<HandlerEntry> all;
  all.reserve(chain(hook).size());
  for (const Handler& each : chain(hook)) {
    const bool is_added = each.added_at.has_value();
    const PluginContext& code = is_added ? *each.owner : static_cast<Plugin*>(each.self)->ctx();
    all.push_back({*each.owner, code, is_added});
  }
  return all;
}

void Host::report(const PluginContext& owner, std::string_view problem) {
  ++problems_;
  std::string line = owner.where() + ": plugin " + owner.name() + ": ";
  parts_.log.log(Level::error, line.append(problem));
}

std::size_t Host::check() {
  for (const Handler& handler : chain(Hook::check)) {
    const auto outcome = call<Hook::check>(handler);
    if (outcome.thrown.kind == Thrown::Kind::config) {
      report(*handler.owner, outcome.thrown.text);
    } else if (outcome.thrown) {
      ++problems_;
      log_thrown(Hook::check, handler, outcome.thrown);
    }
  }
  return problems_;
}

}  // namespace smtpd
