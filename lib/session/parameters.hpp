#pragma once
/// The parameters of MAIL and RCPT: SIZE (RFC 1870), 8BITMIME (RFC 6152), DSN (RFC 3461), SMTPUTF8
/// (RFC 6531), REQUIRETLS (RFC 8689), AUTH (RFC 4954).
#include <optional>

#include "lib/host/host.hpp"
#include "lib/session/auth.hpp"
#include "lib/session/limits.hpp"
#include "lib/session/spool.hpp"

namespace smtpd {

class EnvelopeParameters {
 public:
  /// All of it outlives the parameters.
  struct Parts {
    Host& host;
    const Limits& limits;
    Spool& spool;
    Authenticator& auth;
  };
  explicit EnvelopeParameters(const Parts& parts)
      : host_(parts.host), limits_(parts.limits), spool_(parts.spool), auth_(parts.auth) {}

  /// Takes what MAIL or RCPT has behind its path: what the core knows goes to the transaction or to
  /// the recipient, which means nothing at MAIL; the rest is the plugins'. Returns the refusal of
  /// the first that is wrong, or none. Transaction::smtputf8 is set before: addresses are read
  /// earlier and have to know.
  std::optional<Reply> take(Hook hook, const Parameters& parameters, Transaction& txn,
                            Recipient& rcpt);

 private:
  struct Row;
  struct Envelope {
    Transaction& txn;
    Recipient& rcpt;
  };

  std::optional<Reply> take_one(Hook hook, const Parameter& parameter, Envelope envelope);
  std::optional<Reply> take_size(const Parameter& parameter, Envelope envelope);
  std::optional<Reply> take_body(const Parameter& parameter, Envelope envelope);
  std::optional<Reply> take_smtputf8(const Parameter& parameter, Envelope envelope);
  std::optional<Reply> take_require_tls(const Parameter& parameter, Envelope envelope);
  std::optional<Reply> take_submitter(const Parameter& parameter, Envelope envelope);
  std::optional<Reply> take_ret(const Parameter& parameter, Envelope envelope);
  std::optional<Reply> take_envelope_id(const Parameter& parameter, Envelope envelope);
  std::optional<Reply> take_notify(const Parameter& parameter, Envelope envelope);
  std::optional<Reply> take_original_recipient(const Parameter& parameter, Envelope envelope);
  std::optional<Reply> leave_to_plugins(Hook hook, const Parameter& parameter) const;

  Host& host_;
  const Limits& limits_;
  Spool& spool_;
  Authenticator& auth_;
};

}  // namespace smtpd
