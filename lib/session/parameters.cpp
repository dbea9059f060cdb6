#include "lib/session/parameters.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"
#include "lib/session/advertise.hpp"
#include "lib/smtp/sasl.hpp"

namespace smtpd {
namespace {

/// The value; empty without one, since none of ours is.
std::string_view value_of(const Parameter& parameter) {
  return parameter.value ? std::string_view(*parameter.value) : std::string_view();
}

Reply malformed(std::string text) { return {501, EnhancedCode{5, 5, 4}, std::move(text)}; }

/// True if a value may have UTF-8 in it: an original recipient in a transaction with SMTPUTF8 (RFC
/// 6533 4).
bool may_be_utf8(const Parameter& parameter, const Transaction& txn) {
  return txn.smtputf8 && parameter.keyword == "orcpt" && is_utf8(*parameter.value);
}

}  // namespace

std::optional<Reply> EnvelopeParameters::take_size(const Parameter& parameter, Envelope) {
  const std::string_view value = value_of(parameter);
  constexpr std::size_t longest = 20;  // RFC 1870 3
  if (value.empty() || value.size() > longest || !std::ranges::all_of(value, is_digit))
    return malformed("SIZE needs a number of octets");
  const std::uint64_t size = to_number(value).value_or(
      UINT64_MAX);  // 20 digits may be more than fits, but they are a number
  if (limits_.message > 0 && size > limits_.message)
    return Reply{552, EnhancedCode{5, 3, 4}, "Message too big!"};
  const auto room = size > 0 ? spool_.free_space() : std::nullopt;
  if (!room || size <= *room) return {};
  host_.log().log(Level::warn, "no room in the spool directory for a message of " +
                                   std::string(value) + " octets");
  return Reply{452, EnhancedCode{4, 3, 1},
               "Not enough room for a message of that size, try again later"};
}

std::optional<Reply> EnvelopeParameters::take_body(const Parameter& parameter, Envelope) {
  const std::string_view value = value_of(parameter);
  if (equal_ignoring_case(value, "7BIT") || equal_ignoring_case(value, "8BITMIME")) return {};
  return malformed("BODY is 7BIT or 8BITMIME");
}

std::optional<Reply> EnvelopeParameters::take_ret(const Parameter& parameter, Envelope envelope) {
  const auto ret = parse_ret(value_of(parameter));
  if (!ret) return malformed(ret.error().what);
  envelope.txn.report.ret = *ret;
  return {};
}

std::optional<Reply> EnvelopeParameters::take_envelope_id(const Parameter& parameter,
                                                          Envelope envelope) {
  auto id = parse_envelope_id(value_of(parameter));
  if (!id) return malformed(id.error().what);
  envelope.txn.report.envelope_id = std::move(*id);
  return {};
}

std::optional<Reply> EnvelopeParameters::take_notify(const Parameter& parameter,
                                                     Envelope envelope) {
  auto report = parse_notify(value_of(parameter), std::move(envelope.rcpt.report));
  if (!report) return malformed(report.error().what);
  envelope.rcpt.report = std::move(*report);
  return {};
}

std::optional<Reply> EnvelopeParameters::take_original_recipient(const Parameter& parameter,
                                                                 Envelope envelope) {
  auto report = parse_original_recipient(value_of(parameter), std::move(envelope.rcpt.report));
  if (!report) return malformed(report.error().what);
  envelope.rcpt.report = std::move(*report);
  return {};
}

std::optional<Reply> EnvelopeParameters::take_smtputf8(const Parameter& parameter, Envelope) {
  if (parameter.value) return malformed("SMTPUTF8 has no value");
  return {};  // EnvelopeReader::mail has noted it
}

std::optional<Reply> EnvelopeParameters::take_require_tls(const Parameter& parameter,
                                                          Envelope envelope) {
  if (!offers_require_tls(host_))
    return Reply{555, EnhancedCode{5, 5, 4},
                 host_.conn().tls ? "REQUIRETLS is not offered" : "REQUIRETLS needs TLS"};
  if (parameter.value) return malformed("REQUIRETLS has no value");
  envelope.txn.transport_tls = TransportTls::required;
  host_.log().log(Level::info, "REQUIRETLS is asked for");
  return {};
}

// RFC 4954 5: taken from everybody, believed of nobody.
std::optional<Reply> EnvelopeParameters::take_submitter(const Parameter& parameter, Envelope) {
  if (!auth_.exists()) return leave_to_plugins(Hook::mail, parameter);
  if (!sasl::is_submitter(value_of(parameter)))
    return malformed("AUTH is <> or a mailbox in xtext");
  return {};
}

std::optional<Reply> EnvelopeParameters::leave_to_plugins(Hook hook,
                                                          const Parameter& parameter) const {
  const auto& plugins = host_.accepted_parameters(hook);
  if (std::ranges::find(plugins, parameter.keyword) != plugins.end()) return {};
  return Reply{555, EnhancedCode{5, 5, 4}, "Unknown parameter " + parameter.keyword};
}

/// The parameters of the core.
struct EnvelopeParameters::Row {
  Hook hook = Hook::mail;
  std::string_view keyword = {};
  std::optional<Reply> (EnvelopeParameters::*take)(const Parameter&, Envelope) = nullptr;
};

std::optional<Reply> EnvelopeParameters::take_one(Hook hook, const Parameter& parameter,
                                                  Envelope envelope) {
  using Self = EnvelopeParameters;
  static constexpr Row rows[] = {
      {Hook::mail, "size", &Self::take_size},
      {Hook::mail, "body", &Self::take_body},
      {Hook::mail, "smtputf8", &Self::take_smtputf8},
      {Hook::mail, "requiretls", &Self::take_require_tls},
      {Hook::mail, "auth", &Self::take_submitter},
      {Hook::mail, "ret", &Self::take_ret},
      {Hook::mail, "envid", &Self::take_envelope_id},
      {Hook::rcpt, "notify", &Self::take_notify},
      {Hook::rcpt, "orcpt", &Self::take_original_recipient},
  };
  for (const Row& row : rows) {
    if (row.hook == hook && row.keyword == parameter.keyword)
      return (this->*row.take)(parameter, envelope);
  }
  return leave_to_plugins(hook, parameter);
}

std::optional<Reply> EnvelopeParameters::take(Hook hook, const Parameters& parameters,
                                              Transaction& txn, Recipient& rcpt) {
  if (!parameters.empty() && txn.connection().greeted != Greeted::ehlo)
    return Reply{555, EnhancedCode{5, 5, 4}, "Parameters need EHLO"};
  for (const Parameter& parameter : parameters) {
    if (parameter.value && !is_ascii(*parameter.value) && !may_be_utf8(parameter, txn))
      return malformed("The value of " + parameter.keyword + " is not ASCII");
    if (auto refusal = take_one(hook, parameter, {txn, rcpt})) return refusal;
  }
  return {};
}

}  // namespace smtpd
