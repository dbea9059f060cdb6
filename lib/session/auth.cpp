#include "lib/session/auth.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "lib/base/base64.hpp"
#include "lib/base/text.hpp"
#include "lib/session/event_lines.hpp"
#include "lib/session/limits.hpp"
#include "lib/smtp/sasl.hpp"

namespace smtpd {
namespace {

constexpr std::string_view external_name = "EXTERNAL";
constexpr std::string_view with_binding = "-PLUS";  // RFC 5802 4

}  // namespace

struct Authenticator::Mechanism {
  std::string_view name;
  Hook hook = Hook::auth;  // a handler of it answers the mechanism; auth: none does
  bool in_clear = false;   // the secret itself crosses the line
  Step<AuthOutcome> (Authenticator::*exchange)(Initial initial) = nullptr;
  /// Those the hook password answers too.
  bool takes_password() const { return hook == Hook::auth_plain || hook == Hook::auth_login; }
};

// In the order of EHLO.
constinit const Authenticator::Mechanism Authenticator::mechanisms[] = {
    {external_name, Hook::auth, false, &Authenticator::external},
    {"SCRAM-SHA-256-PLUS", Hook::auth, false, &Authenticator::scram_sha_256_plus},
    {"SCRAM-SHA-1-PLUS", Hook::auth, false, &Authenticator::scram_sha_1_plus},
    {"SCRAM-SHA-256", Hook::auth, false, &Authenticator::scram_sha_256},
    {"SCRAM-SHA-1", Hook::auth, false, &Authenticator::scram_sha_1},
    {"CRAM-MD5", Hook::auth_cram_md5, false, &Authenticator::cram_md5},
    {"LOGIN", Hook::auth_login, true, &Authenticator::login},
    {"PLAIN", Hook::auth_plain, true, &Authenticator::plain},
    {"OAUTHBEARER", Hook::auth_token, true, &Authenticator::oauthbearer},
    {"XOAUTH2", Hook::auth_token, true, &Authenticator::xoauth2},
};

const Authenticator::Mechanism* Authenticator::find(std::string_view name) {
  for (const Mechanism& each : mechanisms) {
    if (equal_ignoring_case(each.name, name)) return &each;
  }
  return nullptr;
}

// A handler of a mechanism's own hook answers it. What the hooks auth and credentials can answer,
// their plugins alone know.
const std::vector<const Authenticator::Mechanism*>& Authenticator::answered() {
  if (answered_) return *answered_;
  answered_.emplace();
  Lines listed;
  if (host_.has(Hook::auth_mechanisms)) listed = host_.collect<Hook::auth_mechanisms>(host_.conn());
  for (const Mechanism& each : mechanisms) {
    const bool is_listed = std::ranges::any_of(
        listed, [&](std::string_view name) { return equal_ignoring_case(name, each.name); });
    if (is_listed || (each.hook != Hook::auth && host_.has(each.hook)) ||
        (each.takes_password() && host_.has(Hook::password)))
      answered_->push_back(&each);
  }
  for (const std::string& name : listed) {
    if (!find(name)) host_.log().log(Level::error, "auth: no mechanism " + printable(name));
  }
  return *answered_;
}

// The certificate of a client and what a channel is bound to come and go with TLS.
bool Authenticator::answers(const Mechanism& mechanism) {
  const auto& tls = host_.conn().tls;
  if (mechanism.name == external_name) return tls && !tls->client_user.empty();
  std::string_view name = mechanism.name;
  if (!name.ends_with(with_binding))
    return std::ranges::find(answered(), &mechanism) != answered().end();
  name.remove_suffix(with_binding.size());
  return tls && !tls->exporter.empty() && answers(*find(name));
}

bool Authenticator::exists() {
  return std::ranges::any_of(mechanisms, [this](const Mechanism& each) { return answers(each); });
}

bool Authenticator::allowed(const Mechanism& mechanism) {
  if (host_.conn().tls) return true;
  const auto lines = host_.config().lines("tls_before_auth");
  const auto before = host_.config().flag("tls_before_auth");
  if (!lines || !before) {  // what cannot be read protects
    const Error& error = lines ? before.error() : lines.error();
    host_.log().log(Level::error, "auth: TLS is required: " + error.what);
    return false;
  }
  return (*lines)->empty() ? !mechanism.in_clear : !*before;
}

std::vector<std::string_view> Authenticator::offered() {
  std::vector<std::string_view> names;
  for (const Mechanism& each : mechanisms) {
    if (answers(each) && allowed(each)) names.push_back(each.name);
  }
  return names;
}

// A wrong number protects as well as none.
std::uint64_t Authenticator::setting(std::string_view key, std::uint64_t fallback) {
  const auto value = read_limit(host_.config(), key);
  if (value) return value->value_or(fallback);
  host_.log().log(Level::error, "auth: " + value.error().what);
  return fallback;
}

void Authenticator::log(const Attempt& attempt) {
  if (!host_.log().wants(Level::notice)) return;
  std::string line = "auth: ";
  line.append(attempt.outcome).append(", client ").append(host_.conn().remote_ip);
  line.append(", mechanism ").append(attempt.mechanism.empty() ? "none" : attempt.mechanism);
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) line.append(", ").append(name).append(printable(value));
  };
  add("plugin ", host_.refusals().last());
  if (attempt.reply && !attempt.reply->positive()) add("reply ", codes_of(*attempt.reply));
  add("", attempt.why);
  add("user ", attempt.user.substr(0, sasl::longest_name));
  host_.log().log(Level::notice, line);
}

// What a client writes in place of a mechanism may be anything, a password too.
void Authenticator::log_refused(const CommandLine& line, std::string_view why,
                                const std::optional<Reply>& reply) {
  const auto command = sasl::parse_command(line.rest);
  const Mechanism* const mechanism = command ? find(command->mechanism) : nullptr;
  const std::string name = mechanism ? lower(mechanism->name) : std::string();
  log({.outcome = "refused", .mechanism = name, .reply = reply, .why = why});
}

Authenticator::Abort Authenticator::malformed(std::string_view why) {
  return {Reply{501, EnhancedCode{5, 5, 2}, "Malformed authentication response"}, "malformed",
          std::string(why)};
}

Authenticator::Step<std::string> Authenticator::ask(std::string_view challenge) {
  session_.send({.code = 334, .enhanced = {}, .text = to_base64(challenge)});
  const auto line = session_.read_line();
  if (!line && line.error().code == Errc::too_long) {
    return std::unexpected(
        Abort{Reply{500, EnhancedCode{5, 5, 6}, "Authentication exchange line is too long"},
              "malformed", line.error().what});
  }
  if (!line && line.error().code == Errc::syntax)
    return std::unexpected(malformed(line.error().what));
  if (!line) return std::unexpected(Abort{{}, "aborted", line.error().what});
  if (*line == "*") {
    return std::unexpected(
        Abort{Reply{501, EnhancedCode{5, 7, 0}, "Authentication canceled"}, "cancelled", {}});
  }
  auto octets = from_base64(*line);
  if (!octets) return std::unexpected(malformed("it is not base64"));
  return *std::move(octets);
}

Authenticator::Step<std::string> Authenticator::first_response(Initial initial) {
  if (!initial) return ask({});
  auto octets = sasl::decode_initial(*initial);
  if (!octets) return std::unexpected(malformed(octets.error().what));
  return *std::move(octets);
}

Authenticator::Step<AuthCommand> Authenticator::parse(const CommandLine& line) {
  if (auto parsed = host_.first<Hook::auth_parse>(host_.conn(), line)) {
    if (*parsed) return std::move(**parsed);
    const std::string& why = parsed->error();
    Reply reply{501, {}, why.empty() ? "Syntax error in command" : why};
    enhance(reply, EnhancedCode{5, 5, 2});
    return std::unexpected(Abort{std::move(reply), "refused", "syntax error"});
  }
  const auto command = sasl::parse_command(line.rest);
  if (!command) {
    return std::unexpected(
        Abort{Reply{501, EnhancedCode{5, 5, 4}, command.error().what}, "refused", "syntax error"});
  }
  AuthCommand result{.mechanism = lower(command->mechanism), .initial = {}};
  if (command->initial) result.initial = *command->initial;
  return result;
}

std::optional<Authenticator::Abort> Authenticator::out_of_place() const {
  const Connection& conn = host_.conn();
  const char* why = nullptr;
  if (conn.authentication.state == Authentication::State::passed)
    why = "but you already said AUTH ...";
  else if (conn.greeted != Greeted::ehlo)
    why = "AUTH needs EHLO";
  else if (session_.transaction())
    why = "AUTH inside a transaction, RSET ends it";
  if (!why) return {};
  return Abort{Reply{503, EnhancedCode{5, 5, 1}, why}, "refused", "out of place"};
}

Authenticator::Step<const Authenticator::Mechanism*> Authenticator::choose(
    const AuthCommand& command) {
  const Mechanism* const mechanism = find(command.mechanism);
  if (!mechanism || !answers(*mechanism)) {
    return std::unexpected(
        Abort{Reply{504, EnhancedCode{5, 5, 4}, "Unrecognized authentication type"}, "refused",
              "no such mechanism"});
  }
  if (!allowed(*mechanism)) {
    return std::unexpected(Abort{Reply{538, EnhancedCode{5, 7, 11},
                                       "Encryption required for requested authentication "
                                       "mechanism"},
                                 "refused", "TLS is required"});
  }
  if (failures_ >= setting("max_auth_failures", 3)) {
    return std::unexpected(Abort{
        Reply{421, EnhancedCode{4, 7, 0}, host_.me() + " too many failed attempts to authenticate"},
        "refused", "too many failed attempts", true});
  }
  return mechanism;
}

Consequence Authenticator::run(const CommandLine& line) {
  const auto refuse = [&](const Abort& abort) -> Consequence {
    log_refused(line, abort.why, abort.reply);
    return {.reply = abort.reply, .close = abort.close};
  };
  if (const auto abort = out_of_place()) return refuse(*abort);
  const auto command = parse(line);
  if (!command) return refuse(command.error());
  const auto mechanism = choose(*command);
  if (!mechanism) return refuse(mechanism.error());
  const Initial initial = command->initial ? Initial(*command->initial) : std::nullopt;
  auto outcome = (this->*(*mechanism)->exchange)(initial);
  if (outcome) return conclude(**mechanism, *outcome);
  Abort& abort = outcome.error();
  const std::string name = lower((*mechanism)->name);
  log({.outcome = abort.outcome, .mechanism = name, .reply = abort.reply, .why = abort.why});
  Consequence consequence{std::move(abort.reply)};
  if (abort.outcome == "malformed") failed(consequence);
  return consequence;
}

// qpsmtpd's effects.
void Authenticator::passed(const Mechanism& mechanism, std::string user) {
  Connection& conn = host_.conn();
  conn.authentication = {.state = Authentication::State::passed,
                         .user = std::move(user),
                         .mechanism = lower(mechanism.name)};
  conn.relay_client = true;
  if (!conn.notes.has(note::naughty)) return;
  conn.notes.erase(note::naughty.name);
  host_.log().log(Level::info, "auth success cleared naughty");
}

// Who guesses waits for each answer; a client that does not wait for it is cut off, since RFC 4954
// 4 has nothing follow AUTH before its answer.
void Authenticator::failed(Consequence& consequence) {
  if (!consequence.reply) return;
  ++failures_;
  const auto delay = seconds(static_cast<std::int64_t>(setting("auth_delay", 2)));
  if (delay > seconds(0) && session_.client_talks(delay)) {
    host_.log().log(Level::notice, "auth: the client does not wait for the answer, closing");
    consequence.close = true;
  }
}

Consequence Authenticator::conclude(const Mechanism& mechanism, const AuthOutcome& outcome) {
  const std::string name = lower(mechanism.name);
  const Verdict verdict = outcome.result.verdict;
  const bool soft = is_temporary(verdict);
  const char* const word = verdict == Verdict::ok     ? "pass"
                           : soft                     ? "error"
                           : verdict == Verdict::done ? "answered"
                                                      : "fail";
  Consequence consequence = settle(Hook::auth, outcome.result);
  log({.outcome = word,
       .mechanism = name,
       .reply = consequence.reply,
       .why = verdict == Verdict::ok ? std::string_view() : outcome.result.text,
       .user = outcome.user});
  if (verdict == Verdict::ok) passed(mechanism, outcome.user);
  if (verdict == Verdict::ok || soft || verdict == Verdict::done) return consequence;
  host_.conn().authentication = {.state = Authentication::State::failed,
                                 .user = sasl::is_name(outcome.user) ? outcome.user : "",
                                 .mechanism = name};
  failed(consequence);
  return consequence;
}

}  // namespace smtpd
