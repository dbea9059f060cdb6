#include "lib/kit/lists.hpp"

#include <array>

#include "lib/base/text.hpp"

namespace smtpd {
namespace {

constexpr std::array<std::string_view, 6> results{
    "DENY", "DENYSOFT", "OK", "DECLINED", "DENY_DISCONNECT", "DENYSOFT_DISCONNECT"};

/// Takes the result from the text, if the list has results. Errors: config, with the entry's place.
ListAnswer with_result(ListHit found, ListForm::Behind behind) {
  if (behind == ListForm::Behind::text) return found;
  auto result = to_result(found.text);
  if (!result)
    return std::unexpected(Error{Errc::config, found.where + ": " + result.error().what});
  found.text = result->text;
  found.result = std::move(*result);
  return found;
}

}  // namespace

Result undecided(PluginContext& ctx, const Error& error) {
  ctx.log(Level::error, "error, cannot decide: " + error.what);
  return dsn::trouble("Temporary local problem, please try again later", error);
}

std::expected<Result, Error> to_result(std::string_view text) {
  const auto [word, behind] = split_list_line(text);
  const auto verdict = to_verdict(word);
  if (verdict && *verdict != Verdict::done) return Result{*verdict, std::string(behind), {}};
  if (word.empty()) return std::unexpected(Error{Errc::config, "a result such as DENY is missing"});
  std::string upper(word);
  for (char& c : upper) c = to_upper(c);
  const std::string_view near = nearest(upper, results);
  return std::unexpected(
      Error{Errc::config, '\'' + printable(word) + "' is no result" +
                              (near.empty() ? "; results are DENY, DENYSOFT, OK, DECLINED"
                                            : "; did you mean '" + std::string(near) + "'?")});
}

std::expected<void, Error> needs_table(PluginContext& ctx, const std::string& file) {
  if (ctx.has_map(file)) return {};
  const auto lines = ctx.find_config(file);
  if (!lines) return std::unexpected(lines.error());
  if ((*lines)->empty())
    return std::unexpected(Error{Errc::config, "there is no recipient in the file " + file});
  return {};
}

ListAnswer find_recipient(PluginContext& ctx, const Address& rcpt,
                          const std::function<ListAnswer(const Address&)>& find) {
  auto whole = find(rcpt);
  if (!whole) return whole;
  if (*whole && is_by_name(**whole)) {
    ctx.keep_whole(rcpt);
    return whole;
  }
  const auto owner = ctx.without_detail(rcpt);
  if (!owner) return std::unexpected(owner.error());
  return *owner ? find(**owner) : whole;
}

template <class Rules>
void BasicList<Rules>::log_problems(Rules& rules) {
  complete_ = complete_ && !rules.problems().any();
  for (const std::string& problem : rules.problems().take()) ctx_.log(Level::error, problem);
}

template <class Rules>
Rules& BasicList<Rules>::rules_of(const Lines& lines) {
  if (const auto known = rules_.find(&lines); known != rules_.end()) return known->second;
  Rules& rules = rules_.try_emplace(&lines, lines, form_).first->second;
  check_results(rules, lines);
  return rules;
}

template <class Rules>
void BasicList<Rules>::check_results(Rules& rules, const Lines& lines) const {
  if (form_.behind != ListForm::Behind::result) return;
  for (const ConfigLine& line : lines) {
    if (const auto result = to_result(split_list_line(line.text).behind); !result)
      rules.problems().add(line, result.error().what);
  }
}

template <class Rules>
ListAnswer BasicList<Rules>::find_in(Rules& rules, const Subject& subject) {
  const auto line = rules.find(subject);
  log_problems(rules);
  if (!line) return std::unexpected(line.error());
  if (!*line) return std::nullopt;
  const ListLine parts = split_list_line((*line)->text);
  ctx_.found(**line);
  return with_result({.entry = std::string(parts.entry),
                      .text = std::string(parts.behind),
                      .where = (*line)->where(),
                      .result = declined()},
                     form_.behind);
}

template <class Rules>
ListAnswer BasicList<Rules>::find(const Subject& subject) {
  const auto lines = ctx_.find_config(key_);
  if (!lines) return std::unexpected(lines.error());
  auto found = find_in(rules_of(**lines), subject);
  return found && !*found ? find_in_map(subject) : found;
}

template <class Rules>
ListAnswer BasicList<Rules>::find_for(const Address& user, const Subject& subject) {
  using Source = PluginContext::AddressConfig::Source;
  const auto own = ctx_.find_config_for(user, key_);
  if (!own) return std::unexpected(own.error());
  if (own->source == Source::hook) {  // its lines are gone at the next call
    Rules rules(*own->lines, form_);
    check_results(rules, *own->lines);
    return find_in(rules, subject);
  }
  auto found = find_in(rules_of(*own->lines), subject);
  return own->source == Source::site && found && !*found ? find_in_map(subject) : found;
}

template <class Rules>
ListAnswer BasicList<Rules>::find_in_map(const Subject& subject) {
  if (!ctx_.has_map(key_)) return std::nullopt;
  for (std::string& name : Rules::names(subject, form_)) {
    auto entry = ctx_.find_in_map(key_, name);
    if (!entry) return std::unexpected(entry.error());
    if (!*entry) continue;
    return with_result({.entry = std::move(name),
                        .text = std::string(trim((*entry)->value)),
                        .where = (*entry)->file,
                        .result = declined()},
                       form_.behind);
  }
  return std::nullopt;
}

template <class Rules>
void BasicList<Rules>::check() {
  check_lines(ctx_.find_config(key_));
  check_map();
}

template <class Rules>
void BasicList<Rules>::check_with_users() {
  check();
  for (const auto& lines : ctx_.every_user_config(key_)) check_lines(lines);
}

template <class Rules>
void BasicList<Rules>::check_lines(const std::expected<const Lines*, Error>& lines) {
  if (!lines) return ctx_.problem(lines.error().what);
  Rules& rules = rules_of(**lines);
  rules.compile();
  for (const std::string& problem : rules.problems().take()) ctx_.problem(problem);
}

template <class Rules>
void BasicList<Rules>::check_map() {
  if (const auto map = ctx_.find_in_map(key_, "."); !map) ctx_.problem(map.error().what);
}

template class BasicList<AddressRules>;
template class BasicList<DomainRules>;
template class BasicList<ClientRules>;
template class BasicList<PairRules>;

}  // namespace smtpd
