/// MAIL and RCPT (RFC 5321 4.1.1.2, 4.1.1.3).
#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"
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
  if (!is_ascii(command.path)) return parse_utf8_address(hook, txn, command.path);
  auto address = Address::parse(command.path, grammar());
  if (!address) return std::unexpected(bad_path(hook, address.error().what));
  if (hook == Hook::rcpt && address->is_null())
    return std::unexpected(bad_path(hook, "it is empty"));
  return std::move(*address);
}

std::expected<Address, Reply> Session::parse_utf8_address(Hook hook, const Transaction& txn,
                                                          std::string_view path) {
  if (!is_utf8(path)) return std::unexpected(bad_path(hook, "it is no UTF-8"));
  if (!txn.smtputf8) {
    return std::unexpected(Reply{hook == Hook::mail ? 550 : 553, EnhancedCode{5, 6, 7},
                                 "An address that is not ASCII needs SMTPUTF8"});
  }
  auto address = Address::parse_utf8(path, grammar());
  if (address) return std::move(*address);
  if (address.error().code == Errc::config) {
    log_.log(Level::crit, "a name that is not ASCII: " + address.error().what);
    return std::unexpected(Reply{451, EnhancedCode{4, 3, 0}, "Internal error, try again later"});
  }
  return std::unexpected(bad_path(hook, address.error().what));
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
  // The address is read before the other parameters, and needs to know.
  txn.smtputf8 = command && conn_.greeted == Greeted::ehlo && command->parameters.find("smtputf8");
  std::expected<Address, Reply> sender =
      command ? rewrite_path(Hook::mail, txn, *command) : Address();
  if (!refusal && !sender) refusal = sender.error();
  Recipient nobody;
  if (!refusal) refusal = take_parameters(Hook::mail, command->parameters, {txn, nobody});
  if (refusal) {
    reset_transaction();
    return refusal;
  }
  const std::string text = sender->text();
  const Result result = host_.decide<Hook::mail>(txn, *sender, command->parameters);
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
  auto address = rewrite_path(Hook::rcpt, txn, *command);
  if (!address) return address.error();
  Recipient rcpt{.address = std::move(*address)};
  if (auto refusal = take_parameters(Hook::rcpt, command->parameters, {txn, rcpt})) return refusal;
  const Result result = host_.decide<Hook::rcpt>(txn, rcpt.address, command->parameters);
  // Only a plugin's OK accepts a recipient: without one, nobody said that this server is
  // responsible for it.
  if (result.verdict != Verdict::ok) return settle(Hook::rcpt, result, rcpt.address.text()).reply;
  rcpt.parameters = std::move(command->parameters);
  ++summary_.recipients;
  std::string text = rcpt.address.text() + ", recipient ok";
  txn.recipients.push_back(std::move(rcpt));
  return Reply{250, EnhancedCode{2, 1, 5}, std::move(text)};
}

}  // namespace smtpd
