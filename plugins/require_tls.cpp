#include "lib/kit/lists.hpp"

namespace smtpd {

/// Asks for REQUIRETLS in the place of senders or recipients who are listed in config/require_tls.
/// See doc/plugins/require_tls.md.
class RequireTls final : public Plugin {
 public:
  explicit RequireTls(PluginContext& ctx)
      : Plugin(ctx), list_(ctx, "require_tls", {.hosts = ListForm::Hosts::with_or_without_at}) {
    ctx.enforce();
  }

  Result on_queue_pre(Transaction& txn) {
    if (txn.transport_tls == TransportTls::required) return declined();
    if (!txn.sender->is_null()) {
      if (const auto result = look(txn, *txn.sender)) return *result;
    }
    for (const Recipient& rcpt : txn.recipients) {
      if (const auto result = look(txn, rcpt.address)) return *result;
    }
    return declined();
  }

  void on_check() { list_.check(); }

 private:
  /// A result as soon as there is nothing more to look at.
  std::optional<Result> look(Transaction& txn, const Address& address) {
    const auto listed = list_.find(address);
    if (!listed) return undecided(ctx(), listed.error());
    if (!*listed) return {};
    txn.transport_tls = TransportTls::required;
    log(Level::info, "REQUIRETLS for " + address.text() + " by " + (*listed)->where);
    return declined();
  }

  AddressList list_;
};

SMTPD_PLUGIN(RequireTls, "require_tls", queue_pre, check)

}  // namespace smtpd
