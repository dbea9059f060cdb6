#include "lib/services/resolver.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "lib/base/text.hpp"

namespace smtpd::dns {
namespace {

/// Questions in flight at a time: those of budgets that are spent come on top of `questions`.
constexpr std::size_t most_pending = 1000;

Answer failed(std::string why) { return {.outcome = Outcome::failed, .why = std::move(why)}; }

std::string seconds_of(milliseconds time) {
  const auto thousandths = std::to_string(time.count() % 1000 + 1000).substr(1);
  const std::string whole = std::to_string(time.count() / 1000);
  return time.count() % 1000 == 0 ? whole : whole + '.' + thousandths;
}

}  // namespace

Resolver::Resolver(Parts parts)
    : settings_(std::move(parts.settings)),
      transport_(std::move(parts.transport)),
      clock_(parts.clock),
      log_(parts.log),
      cache_(parts.clock),
      is_silent_(settings_.servers.size()) {}

Resolver::~Resolver() = default;

void Resolver::start(const Question& question, Then then, Budget budget) {
  const Question one = canonical(question);
  const auto known = begin(one, budget);
  if (!then) return;
  if (known)
    tell({&then, 1}, *known);
  else
    find(one)->thens.push_back(std::move(then));
}

Answer Resolver::ask(const Question& question, Deadline deadline, Budget budget) {
  Answer answer = ask_one(canonical(question), deadline, budget);
  if (listener_) listener_->found("", "DNS " + to_text(question) + ": " + to_text(answer));
  return answer;
}

Answer Resolver::ask_one(const Question& one, Deadline deadline, Budget budget) {
  const auto known = begin(one, budget);
  if (!known) wait_for(one, deadline);
  if (const Answer* const answer = cache_.find(one, Cache::Use::take)) return *answer;
  return known.value_or(failed("no answer in the time that the check has"));
}

std::vector<Answer> Resolver::ask_all(std::span<const Question> questions, Deadline deadline,
                                      Budget budget) {
  for (const Question& question : questions) begin(canonical(question), budget);
  std::vector<Answer> answers;
  answers.reserve(questions.size());
  for (const Question& question : questions) answers.push_back(ask(question, deadline, budget));
  return answers;
}

std::optional<Answer> Resolver::peek(const Question& question) {
  if (!pending_.empty()) {
    transport_->wait(Deadline::at(clock_.now()));
    go_on();
  }
  const Answer* const answer = cache_.find(canonical(question), Cache::Use::take);
  return answer ? std::optional(*answer) : std::nullopt;
}

void Resolver::end_transaction() {
  cache_.forget_failures();
  asked_ = 0;
}

void Resolver::forget_client() {
  for (Pending& pending : pending_) pending.thens.clear();
}

std::optional<Answer> Resolver::begin(const Question& question, Budget budget) {
  if (const Answer* const answer = cache_.find(question, Cache::Use::look)) return *answer;
  if (find(question) != pending_.end()) return {};
  if (auto reason = reason_not_to_ask(question, budget)) return reason;
  ++asked_;
  pending_.push_back({.question = question,
                      .ticket = ++last_ticket_,
                      .servers = {settings_.servers.size(), Attempts()}});
  try_next(std::prev(pending_.end()));
  return {};
}

std::optional<Answer> Resolver::reason_not_to_ask(const Question& question, Budget budget) {
  if (!is_name(question.name)) return Answer{.outcome = Outcome::no_name, .owner = question.name};
  if (pending_.size() >= most_pending) return failed("too many questions at once");
  if (budget == Budget::exempt || asked_ < settings_.questions) return {};
  const std::string bound = std::to_string(settings_.questions);
  if (!std::exchange(has_warned_, true))
    log_.log(Level::warn, "DNS: the " + bound +
                              " questions of a transaction are asked (config resolver, "
                              "questions): checks that need more pass");
  return failed("more than " + bound + " questions in a transaction");
}

// Looks once although the deadline has passed: the kernel keeps what has come.
void Resolver::wait_for(const Question& question, Deadline deadline) {
  while (find(question) != pending_.end()) {
    transport_->wait(earlier(deadline, due()));
    go_on();
    if (deadline.passed(clock_.now())) return;
  }
}

Resolver::PendingList::iterator Resolver::find(const Question& question) {
  return std::ranges::find(pending_, question, &Pending::question);
}

// Who has been silent may have lost the OPT record to something in between (RFC 6891 6.2.6).
void Resolver::send(Pending& pending) {
  Attempts& attempts = pending.servers[pending.server];
  pending.edns = uses_edns_ && attempts.count == 0 ? Edns::yes : Edns::no;
  pending.until = clock_.after(settings_.timeout * (1U << attempts.count));
  ++attempts.count;
  transport_->send(pending.server, write_question(pending.question, new_id(), pending.edns),
                   pending.ticket);
}

std::optional<std::size_t> Resolver::next_server(const Pending& pending) const {
  std::optional<std::size_t> best;
  const auto rank = [&](std::size_t server) {
    return std::pair(pending.servers[server].count, bool(is_silent_[server]));
  };
  for (std::size_t server = 0; server < pending.servers.size(); ++server) {
    const Attempts& attempts = pending.servers[server];
    if (attempts.is_useless || attempts.count >= settings_.attempts) continue;
    if (!best || rank(server) < rank(*best)) best = server;
  }
  return best;
}

void Resolver::try_next(PendingList::iterator pending) {
  const auto server = next_server(*pending);
  if (!server) return finish(pending, failed(pending->why));
  pending->server = *server;
  send(*pending);
}

void Resolver::take(Transport::Arrival arrival) {
  const auto pending = std::ranges::find(pending_, arrival.ticket, &Pending::ticket);
  if (pending == pending_.end() || arrival.server >= pending->servers.size()) return;
  if (!arrival.octets.empty())
    return take_answer(pending, arrival.server, read_answer(arrival.octets, pending->question));
  take_answer(pending, arrival.server,
              {.kind = Reading::Kind::nonsense, .why = std::move(arrival.why)});
}

void Resolver::take_answer(PendingList::iterator pending, std::size_t server, Reading reading) {
  const Settings::Server& place = settings_.servers[server];
  if (reading.kind == Reading::Kind::answer) {
    Answer& answer = reading.answer;
    answer.authentic = answer.authentic && (settings_.trust_ad || is_loopback(place.address));
    return finish(pending, answer);
  }
  const bool is_its_turn = pending->server == server;
  const bool lacks_edns =
      reading.kind == Reading::Kind::refusal &&
      (reading.rcode == Rcode::format_error || reading.rcode == Rcode::not_implemented);
  if (lacks_edns && pending->edns == Edns::yes) {
    if (!is_its_turn) return;
    uses_edns_ = false;
    --pending->servers[server].count;
    return send(*pending);
  }
  const bool is_refusal = reading.kind == Reading::Kind::refusal;
  pending->why = printable(reading.why) + (is_refusal ? " from " : ", from ") + place.text();
  pending->servers[server].is_useless = true;
  if (is_its_turn) try_next(pending);
}

void Resolver::time_out(PendingList::iterator pending) {
  const std::size_t server = pending->server;
  is_silent_[server] = true;
  const auto time = settings_.timeout * (1U << (pending->servers[server].count - 1));
  pending->why =
      "no answer from " + settings_.servers[server].text() + " in " + seconds_of(time) + " s";
  try_next(pending);
}

void Resolver::finish(PendingList::iterator pending, const Answer& answer) {
  constexpr std::array<std::string_view, 4> outcomes{"answer", "no data", "no such name", "failed"};
  const Pending done = std::move(*pending);
  pending_.erase(pending);
  if (log_.wants(Level::debug)) {
    std::string text = "DNS: " + to_text(done.question) + ": ";
    text += outcomes[static_cast<std::size_t>(answer.outcome)];
    if (answer.has_failed()) text.append(", ").append(answer.why);
    log_.log(Level::debug, text);
  }
  cache_.put(done.question, answer);
  tell(done.thens, answer);
}

void Resolver::tell(std::span<const Then> thens, const Answer& answer) {
  try {
    for (const Then& then : thens) then(answer);
  } catch (const std::exception& error) {
    log_.log(Level::crit, std::string("DNS: who waits for an answer has thrown: ") + error.what());
  }
}

std::span<pollfd> Resolver::descriptors() {
  return pending_.empty() ? std::span<pollfd>() : transport_->descriptors();
}

Deadline Resolver::due() {
  if (pending_.empty()) return Deadline::never();
  Deadline first = transport_->due();
  for (const Pending& pending : pending_) first = earlier(first, pending.until);
  return first;
}

// What has come counts although its time is over: nobody has looked before.
void Resolver::go_on() {
  try {
    for (Transport::Arrival& arrival : transport_->receive()) take(std::move(arrival));
    while (true) {
      const SteadyTime now = clock_.now();
      const auto late = std::ranges::find_if(
          pending_, [&](const Pending& pending) { return pending.until.passed(now); });
      if (late == pending_.end()) return;
      time_out(late);
    }
  } catch (const std::exception& error) {
    log_.log(Level::crit, std::string("DNS: ") + error.what());
  }
}

// Whoever guesses it could answer in a server's place (RFC 5452). It is the kernel's: a chroot has
// no /dev/urandom.
std::uint16_t Resolver::new_id() {
  std::uint16_t id = 0;
  if (::getrandom(&id, sizeof id, GRND_NONBLOCK) == sizeof id) return id;
  return static_cast<std::uint16_t>(clock_.now().time_since_epoch().count() / 1000 + last_ticket_);
}

Answer addresses_of(Resolver& resolver, std::string_view host, Deadline deadline, Budget budget) {
  const std::array questions{Question{std::string(host), Type::a},
                             Question{std::string(host), Type::aaaa}};
  std::vector<Answer> answers = resolver.ask_all(questions, deadline, budget);
  Answer& v4 = answers.front();
  Answer& v6 = answers.back();
  if (!v4.has_records()) {
    const bool v6_says_more = v6.has_records() || (v6.has_failed() && !v4.has_failed());
    return std::move(v6_says_more ? v6 : v4);
  }
  if (!v6.has_records()) return std::move(v4);
  v4.addresses.insert(v4.addresses.end(), v6.addresses.begin(), v6.addresses.end());
  v4.authentic = v4.authentic && v6.authentic;
  v4.ttl = std::min(v4.ttl, v6.ttl);
  return std::move(v4);
}

}  // namespace smtpd::dns
