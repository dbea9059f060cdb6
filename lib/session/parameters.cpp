/// The parameters of MAIL and RCPT: SIZE (RFC 1870), 8BITMIME (RFC 6152), DSN (RFC 3461), SMTPUTF8
/// (RFC 6531), REQUIRETLS (RFC 8689), AUTH (RFC 4954).
#include <algorithm>
#include <array>
#include <cstdint>

#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"
#include "lib/session/session.hpp"
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

/// The parameters of the core. Names stand in the table itself: a pointer in it, to a text or to a
/// function, would be relocated at every start.
enum class Known {
  size,
  body,
  smtputf8,
  require_tls,
  submitter,
  ret,
  envelope_id,
  notify,
  original
};
struct KnownParameter {
  Hook hook;
  Known known;
  char keyword[12];
};
constexpr auto parameters_of_ours = std::array{
    KnownParameter{Hook::mail, Known::size, "size"},
    KnownParameter{Hook::mail, Known::body, "body"},
    KnownParameter{Hook::mail, Known::smtputf8, "smtputf8"},
    KnownParameter{Hook::mail, Known::require_tls, "requiretls"},
    KnownParameter{Hook::mail, Known::submitter, "auth"},
    KnownParameter{Hook::mail, Known::ret, "ret"},
    KnownParameter{Hook::mail, Known::envelope_id, "envid"},
    KnownParameter{Hook::rcpt, Known::notify, "notify"},
    KnownParameter{Hook::rcpt, Known::original, "orcpt"},
};

}  // namespace

std::optional<Reply> Session::take_size(const Parameter& parameter) {
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
  log_.log(Level::warn,
           "no room in the spool directory for a message of " + std::string(value) + " octets");
  return Reply{452, EnhancedCode{4, 3, 1},
               "Not enough room for a message of that size, try again later"};
}

std::optional<Reply> Session::take_body(const Parameter& parameter) {
  const std::string_view value = value_of(parameter);
  if (equal_ignoring_case(value, "7BIT") || equal_ignoring_case(value, "8BITMIME")) return {};
  return malformed("BODY is 7BIT or 8BITMIME");
}

std::optional<Reply> Session::take_ret(const Parameter& parameter, Envelope& envelope) {
  const auto ret = parse_ret(value_of(parameter));
  if (!ret) return malformed(ret.error().what);
  envelope.txn.report.ret = *ret;
  return {};
}

std::optional<Reply> Session::take_envelope_id(const Parameter& parameter, Envelope& envelope) {
  auto id = parse_envelope_id(value_of(parameter));
  if (!id) return malformed(id.error().what);
  envelope.txn.report.envelope_id = std::move(*id);
  return {};
}

std::optional<Reply> Session::take_notify(const Parameter& parameter, Envelope& envelope) {
  auto report = parse_notify(value_of(parameter), std::move(envelope.rcpt.report));
  if (!report) return malformed(report.error().what);
  envelope.rcpt.report = std::move(*report);
  return {};
}

std::optional<Reply> Session::take_original_recipient(const Parameter& parameter,
                                                      Envelope& envelope) {
  auto report = parse_original_recipient(value_of(parameter), std::move(envelope.rcpt.report));
  if (!report) return malformed(report.error().what);
  envelope.rcpt.report = std::move(*report);
  return {};
}

std::optional<Reply> Session::take_smtputf8(const Parameter& parameter) {
  if (parameter.value) return malformed("SMTPUTF8 has no value");
  return {};  // Session::mail has noted it
}

std::optional<Reply> Session::take_require_tls(const Parameter& parameter, Envelope& envelope) {
  if (!offers_require_tls())
    return Reply{555, EnhancedCode{5, 5, 4},
                 conn_.tls ? "REQUIRETLS is not offered" : "REQUIRETLS needs TLS"};
  if (parameter.value) return malformed("REQUIRETLS has no value");
  envelope.txn.transport_tls = TransportTls::required;
  log_.log(Level::info, "REQUIRETLS is asked for");
  return {};
}

// RFC 4954 5: taken from everybody, believed of nobody.
std::optional<Reply> Session::take_submitter(const Parameter& parameter) {
  if (!auth_.exists()) return leave_to_plugins(Hook::mail, parameter);
  if (!sasl::is_submitter(value_of(parameter)))
    return malformed("AUTH is <> or a mailbox in xtext");
  return {};
}

std::optional<Reply> Session::leave_to_plugins(Hook hook, const Parameter& parameter) const {
  const auto& plugins = host_.accepted_parameters(hook);
  if (std::ranges::find(plugins, parameter.keyword) != plugins.end()) return {};
  return Reply{555, EnhancedCode{5, 5, 4}, "Unknown parameter " + parameter.keyword};
}

std::optional<Reply> Session::take_parameter(Hook hook, const Parameter& parameter,
                                             Envelope& envelope) {
  const auto found = std::ranges::find_if(parameters_of_ours, [&](const KnownParameter& each) {
    return each.hook == hook && parameter.keyword == each.keyword;
  });
  if (found == parameters_of_ours.end()) return leave_to_plugins(hook, parameter);
  switch (found->known) {
    case Known::size: return take_size(parameter);
    case Known::body: return take_body(parameter);
    case Known::smtputf8: return take_smtputf8(parameter);
    case Known::require_tls: return take_require_tls(parameter, envelope);
    case Known::submitter: return take_submitter(parameter);
    case Known::ret: return take_ret(parameter, envelope);
    case Known::envelope_id: return take_envelope_id(parameter, envelope);
    case Known::notify: return take_notify(parameter, envelope);
    case Known::original: return take_original_recipient(parameter, envelope);
  }
  return {};
}

std::optional<Reply> Session::take_parameters(Hook hook, const Parameters& parameters,
                                              Envelope envelope) {
  if (!parameters.empty() && conn_.greeted != Greeted::ehlo)
    return Reply{555, EnhancedCode{5, 5, 4}, "Parameters need EHLO"};
  for (const Parameter& parameter : parameters) {
    if (parameter.value && !is_ascii(*parameter.value) && !may_be_utf8(parameter, envelope.txn))
      return malformed("The value of " + parameter.keyword + " is not ASCII");
    if (auto refusal = take_parameter(hook, parameter, envelope)) return refusal;
  }
  return {};
}

}  // namespace smtpd
