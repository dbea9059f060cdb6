/// MAIL and RCPT (RFC 5321 4.1.1.2, 4.1.1.3), with SIZE (RFC 1870) and 8BITMIME (RFC 6152).
#include <algorithm>
#include <cstdint>

#include "lib/base/text.hpp"
#include "lib/session/session.hpp"

namespace smtpd {
namespace {

/// qmail's double-bounce sender, which other programs of its family still send.
constexpr std::string_view double_bounce = "<#@[]>";

Reply bad_path(Hook hook, std::string_view why) {
  std::string text =
      hook == Hook::mail ? "could not parse your mail from command" : "could not parse recipient";
  if (!why.empty()) text.append(": ").append(why);
  return {501, hook == Hook::mail ? EnhancedCode{5, 1, 7} : EnhancedCode{5, 1, 3}, std::move(text)};
}

}  // namespace

std::expected<PathCommand, Reply> Session::parse_path(Hook hook, const CommandLine& line) {
  const bool mail = hook == Hook::mail;
  Parsed<PathCommand> parsed = mail ? host_.first<Hook::mail_parse>(conn_, line)
                                    : host_.first<Hook::rcpt_parse>(conn_, line);
  if (!parsed) {
    auto own = parse_path_command(line.rest, mail ? "FROM" : "TO");
    if (own) return std::move(*own);
    parsed = std::unexpected(std::move(own.error().what));
  }
  if (*parsed) return std::move(**parsed);
  std::string& why = parsed->error();
  Reply refusal{501, {}, why.empty() ? "Syntax error in command" : std::move(why)};
  enhance(refusal, EnhancedCode{5, 5, 2});
  return std::unexpected(std::move(refusal));
}

std::optional<Reply> Session::check_size(std::string_view value) {
  constexpr std::size_t longest = 20;  // RFC 1870 3
  if (value.empty() || value.size() > longest || !std::ranges::all_of(value, is_digit)) {
    return Reply{501, EnhancedCode{5, 5, 4}, "SIZE needs a number of octets"};
  }
  const std::uint64_t size = to_number(value).value_or(
      UINT64_MAX);  // 20 digits may be more than fits, but they are a number
  if (limits_.message > 0 && size > limits_.message)
    return Reply{552, EnhancedCode{5, 3, 4}, "Message too big!"};
  const auto room = size > 0 ? spool_.free_space() : std::nullopt;
  if (!room || size <= *room) return {};
  log_.log(Level::warn,
           "no room in the spool directory for a message of " + std::string(value) + " octets");
  return Reply{452, EnhancedCode{4, 3, 1},
               "Not enough room for a message of that size, try again later"};
}

std::optional<Reply> Session::check_parameters(Hook hook, const Parameters& parameters) {
  if (!parameters.empty() && conn_.greeted != Greeted::ehlo) {
    return Reply{555, EnhancedCode{5, 5, 4}, "Parameters need EHLO"};
  }
  for (const Parameter& parameter : parameters) {
    const bool mail = hook == Hook::mail;
    if (mail && parameter.keyword == "size") {
      if (auto refusal = check_size(parameter.value.value_or(""))) return refusal;
    } else if (mail && parameter.keyword == "body") {
      const std::string_view body =
          parameter.value ? std::string_view(*parameter.value) : std::string_view();
      if (!equal_ignoring_case(body, "7BIT") && !equal_ignoring_case(body, "8BITMIME")) {
        return Reply{501, EnhancedCode{5, 5, 4}, "BODY is 7BIT or 8BITMIME"};
      }
    } else if (mail && parameter.keyword == "auth" && auth_.exists()) {
      // RFC 4954 5: taken from everybody, believed of nobody.
      if (!sasl::is_submitter(parameter.value.value_or("")))
        return Reply{501, EnhancedCode{5, 5, 4}, "AUTH is <> or a mailbox in xtext"};
    } else if (std::ranges::find(host_.accepted_parameters(hook), parameter.keyword) ==
               host_.accepted_parameters(hook).end()) {
      return Reply{555, EnhancedCode{5, 5, 4}, "Unknown parameter " + parameter.keyword};
    }
  }
  return {};
}

Address::Grammar Session::grammar() const {
  return limits_.lenient.addresses ? Address::Grammar::lenient : Address::Grammar::strict;
}

std::expected<Address, Reply> Session::rewrite_path(Hook hook, Transaction& txn,
                                                    PathCommand& command) {
  Rewrite rewritten =
      hook == Hook::mail
          ? host_.first<Hook::mail_pre>(txn, std::string_view(command.path), command.parameters)
          : host_.first<Hook::rcpt_pre>(txn, std::string_view(command.path), command.parameters);
  if (!rewritten) {  // documented for qpsmtpd: DENY 501, DENYSOFT 450
    const Refusal& refusal = rewritten.error();
    const bool soft =
        refusal.verdict == Verdict::denysoft || refusal.verdict == Verdict::denysoft_disconnect;
    Reply reply = soft ? Reply{450, {}, refusal.text.empty() ? "Try again later" : refusal.text}
                       : bad_path(hook, {});
    if (!soft && !refusal.text.empty()) reply.text = refusal.text;
    enhance(reply, soft ? EnhancedCode{4, 7, 1} : *reply.enhanced);
    reply.close = refusal.verdict == Verdict::deny_disconnect ||
                  refusal.verdict == Verdict::denysoft_disconnect;
    return std::unexpected(std::move(reply));
  }
  if (*rewritten) command.path = std::move(**rewritten);
  if (hook == Hook::mail && command.path == double_bounce) return Address();
  auto address = Address::parse(command.path, grammar());
  if (!address) return std::unexpected(bad_path(hook, address.error().what));
  if (hook == Hook::rcpt && address->is_null())
    return std::unexpected(bad_path(hook, "it is empty"));
  return std::move(*address);
}

Session::Answer Session::mail(const CommandLine& line) {
  conn_.notes.set(note::envelope_from, line.rest);
  Body body(limits_.memory, [this] { return spool_.open(); });
  txn_ = std::make_unique<Transaction>(conn_, ++transactions_, std::move(body));
  Transaction& txn = *txn_;  // also when a hook ends it
  txn.started = clock_.wall();
  auto command = parse_path(Hook::mail, line);
  std::optional<Reply> refusal;
  if (!command) refusal = command.error();
  std::expected<Address, Reply> sender =
      command ? rewrite_path(Hook::mail, txn, *command) : Address();
  if (!refusal && !sender) refusal = sender.error();
  if (!refusal) refusal = check_parameters(Hook::mail, command->parameters);
  if (refusal) {
    reset_transaction();
    return refusal;
  }
  const std::string text = sender->text();
  const Result result = host_.decide<Hook::mail>(txn.results, txn, *sender, command->parameters);
  const Settled settled = settle(Hook::mail, result, text);
  if (!settled.go_on) {
    reset_transaction();
    return settled.reply;
  }
  if (log_.wants(Level::notice)) summary_.sender = text;
  txn.sender = std::move(*sender);
  txn.sender_parameters = std::move(command->parameters);
  return Reply{250, EnhancedCode{2, 1, 0},
               text + ", sender OK - how exciting to get mail from you!"};
}

Session::Answer Session::rcpt(const CommandLine& line) {
  Answer answer = take_recipient(line);
  if (answer && !answer->positive()) ++summary_.refused_recipients;
  return answer;
}

Session::Answer Session::take_recipient(const CommandLine& line) {
  conn_.notes.set(note::envelope_rcpt, line.rest);
  Transaction& txn = *txn_;  // also when a hook ends it
  auto command = parse_path(Hook::rcpt, line);
  if (!command) return command.error();
  if (txn.recipients.size() >= limits_.recipients)
    return Reply{452, EnhancedCode{4, 5, 3}, "Too many recipients"};
  const auto rcpt = rewrite_path(Hook::rcpt, txn, *command);
  if (!rcpt) return rcpt.error();
  if (auto refusal = check_parameters(Hook::rcpt, command->parameters)) return refusal;
  const Result result = host_.decide<Hook::rcpt>(txn.results, txn, *rcpt, command->parameters);
  // Only a plugin's OK accepts a recipient: without one, nobody said that this server is
  // responsible for it.
  if (result.verdict != Verdict::ok) return settle(Hook::rcpt, result, rcpt->text()).reply;
  txn.recipients.push_back({*rcpt, std::move(command->parameters)});
  ++summary_.recipients;
  return Reply{250, EnhancedCode{2, 1, 5}, rcpt->text() + ", recipient ok"};
}

}  // namespace smtpd
