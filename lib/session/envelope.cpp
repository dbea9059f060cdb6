#include "lib/session/envelope.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"

namespace smtpd {
namespace {

/// qmail's double-bounce sender, which other programs of its family still send.
constexpr std::string_view double_bounce = "<#@[]>";

EnhancedCode bad_path_code(Hook hook) {
  return hook == Hook::mail ? EnhancedCode{5, 1, 7} : EnhancedCode{5, 1, 3};
}

Consequence bad_path(Hook hook, std::string_view path, std::string_view why) {
  std::string text =
      hook == Hook::mail ? "could not parse your mail from command" : "could not parse recipient";
  if (!why.empty()) text.append(": ").append(why);
  name_address(text, path);
  return {Reply{501, bad_path_code(hook), std::move(text)}};
}

/// What mail_pre and rcpt_pre refuse with, documented for qpsmtpd: DENY 501, DENYSOFT 450; trouble
/// of our own is 451.
Consequence refused_path(Hook hook, std::string_view path, const Refusal& refusal) {
  const Verdict verdict = refusal.verdict;
  Consequence refused = is_temporary(verdict)
                            ? Consequence{Reply{450, EnhancedCode{4, 7, 1}, "Try again later"}}
                            : bad_path(hook, path, {});
  if (!refusal.text.empty()) refused.reply->text = refusal.text;
  name_address(refused.reply->text, path);
  enhance_refusal(*refused.reply, {});
  refused.close = disconnects(verdict);
  return refused;
}

/// Whom the client has named is what a report about the message is to say (RFC 3461 5.2.7.2).
void tell_original(Recipient& rcpt) {
  if (!rcpt.renamed_from || !rcpt.report.original_type.empty()) return;
  std::string value = original_recipient(rcpt.renamed_from->mailbox());
  if (auto report = parse_original_recipient(value, rcpt.report)) {
    rcpt.report = std::move(*report);
    rcpt.parameters.add({"orcpt", std::move(value)});
  }
}

/// The recipient, or those who are put in his place.
void add_recipient(Transaction& txn, Recipient rcpt) {
  if (txn.instead.empty()) {
    tell_original(rcpt);
    return txn.recipients.push_back(std::move(rcpt));
  }
  const Address sent = rcpt.as_sent();
  for (Address& target : txn.instead) {
    const bool is_other = target != sent;
    Recipient each{
        .address = std::move(target), .parameters = rcpt.parameters, .report = rcpt.report};
    if (is_other) each.renamed_from = std::make_unique<const Address>(sent);
    tell_original(each);
    txn.recipients.push_back(std::move(each));
  }
}

}  // namespace

std::expected<PathCommand, Consequence> EnvelopeReader::parse(Hook hook, const CommandLine& line) {
  const bool mail = hook == Hook::mail;
  Connection& conn = host_.conn();
  Parsed<PathCommand> parsed =
      mail ? host_.first<Hook::mail_parse>(conn, line) : host_.first<Hook::rcpt_parse>(conn, line);
  if (!parsed) {
    auto own = parse_path_command(line.rest, mail ? "FROM" : "TO");
    if (own) return std::move(*own);
    parsed = std::unexpected(std::move(own.error().what));
  }
  if (*parsed) return std::move(**parsed);
  std::string& why = parsed->error();
  Reply refusal{501, {}, why.empty() ? "Syntax error in command" : std::move(why)};
  enhance(refusal, EnhancedCode{5, 5, 2});
  return std::unexpected(Consequence{std::move(refusal)});
}

Address::Grammar EnvelopeReader::grammar() const {
  return limits_.lenient.addresses ? Address::Grammar::lenient : Address::Grammar::strict;
}

std::expected<Address, Consequence> EnvelopeReader::rewrite(Hook hook, Transaction& txn,
                                                            PathCommand& command) {
  Rewrite rewritten =
      hook == Hook::mail
          ? host_.first<Hook::mail_pre>(txn, std::string_view(command.path), command.parameters)
          : host_.first<Hook::rcpt_pre>(txn, std::string_view(command.path), command.parameters);
  if (!rewritten) return std::unexpected(refused_path(hook, command.path, rewritten.error()));
  if (*rewritten) command.path_as_sent = std::exchange(command.path, std::move(**rewritten));
  return address(hook, txn, command.path);
}

std::expected<Address, Consequence> EnvelopeReader::address(Hook hook, const Transaction& txn,
                                                            std::string_view path) const {
  if (hook == Hook::mail && path == double_bounce) return Address();
  if (!is_ascii(path)) return utf8_address(hook, txn, path);
  auto address = Address::parse(path, grammar(), limits_.local_part);
  if (!address) return std::unexpected(bad_path(hook, path, address.error().what));
  if (hook == Hook::rcpt && address->is_null())
    return std::unexpected(bad_path(hook, path, "it is empty"));
  return std::move(*address);
}

std::expected<Address, Consequence> EnvelopeReader::utf8_address(Hook hook, const Transaction& txn,
                                                                 std::string_view path) const {
  if (!is_utf8(path)) return std::unexpected(bad_path(hook, path, "it is no UTF-8"));
  if (!txn.smtputf8) {
    return std::unexpected(Consequence{Reply{hook == Hook::mail ? 550 : 553, EnhancedCode{5, 6, 7},
                                             "An address that is not ASCII needs SMTPUTF8"}});
  }
  auto address = Address::parse_utf8(path, grammar(), limits_.local_part);
  if (address) return std::move(*address);
  if (address.error().code == Errc::config) {
    host_.log().log(Level::crit, "a name that is not ASCII: " + address.error().what);
    return std::unexpected(
        Consequence{Reply{451, EnhancedCode{4, 3, 0}, "Internal error, try again later"}});
  }
  return std::unexpected(bad_path(hook, path, address.error().what));
}

Consequence EnvelopeReader::mail(Transaction& txn, const CommandLine& line) {
  auto command = parse(Hook::mail, line);
  if (!command) return std::move(command.error());
  // The address is read before the other parameters, and needs to know.
  txn.smtputf8 = txn.connection().greeted == Greeted::ehlo && command->parameters.find("smtputf8");
  auto sender = rewrite(Hook::mail, txn, *command);
  if (!sender) return std::move(sender.error());
  Recipient nobody;
  if (auto refusal = parameters_.take(Hook::mail, command->parameters, txn, nobody))
    return {std::move(refusal)};
  const Result result = host_.decide<Hook::mail>(txn, *sender, command->parameters);
  Consequence consequence = settle(Hook::mail, result, sender->text());
  if (!consequence.go_on) return consequence;
  txn.sender = std::move(*sender);
  txn.sender_parameters = std::move(command->parameters);
  return consequence;
}

Consequence EnvelopeReader::rcpt(Transaction& txn, const CommandLine& line) {
  auto command = parse(Hook::rcpt, line);
  if (!command) return std::move(command.error());
  if (txn.recipients.size() >= limits_.recipients)
    return {Reply{452, EnhancedCode{4, 5, 3}, "Too many recipients"}};
  auto address = rewrite(Hook::rcpt, txn, *command);
  if (!address) return std::move(address.error());
  Recipient rcpt{.address = std::move(*address)};
  if (!command->path_as_sent.empty()) {
    auto sent = this->address(Hook::rcpt, txn, command->path_as_sent);
    if (sent && *sent != rcpt.address)
      rcpt.renamed_from = std::make_unique<const Address>(std::move(*sent));
  }
  if (auto refusal = parameters_.take(Hook::rcpt, command->parameters, txn, rcpt))
    return {std::move(refusal)};
  txn.instead.clear();
  const Result result = host_.decide<Hook::rcpt>(txn, rcpt.address, command->parameters);
  if (result.verdict == Verdict::declined)
    host_.log().log(Level::notice, "no plugin has decided about the recipient; rcpt_ok does");
  Consequence consequence = settle(Hook::rcpt, result, rcpt.address.text());
  if (!consequence.go_on) return consequence;
  if (txn.recipients.size() + std::max<std::size_t>(txn.instead.size(), 1) > limits_.recipients)
    return {Reply{452, EnhancedCode{4, 5, 3}, "Too many recipients"}};
  rcpt.parameters = std::move(command->parameters);
  add_recipient(txn, std::move(rcpt));
  return consequence;
}

}  // namespace smtpd
