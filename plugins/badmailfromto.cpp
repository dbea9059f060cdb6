#include "lib/kit/lists.hpp"

namespace smtpd {

/// Refuses the pairs of sender and recipient listed in config/badmailfromto, as if the recipient
/// did not exist. See doc/plugins/badmailfromto.md.
class BadMailFromTo final : public Plugin {
 public:
  explicit BadMailFromTo(PluginContext& ctx) : Plugin(ctx), pairs_(ctx, "badmailfromto") {}

  Result on_rcpt(Transaction& txn, const Address& rcpt, const Parameters&) {
    if (!txn.sender || txn.sender->is_null()) return declined();
    const Address& sender = *txn.sender;
    const auto listed = pairs_.find_for(rcpt, {sender, rcpt});
    if (!listed) return undecided(ctx(), listed.error());
    if (!*listed) return declined();
    log(Level::info, "fail, " + sender.text() + " to " + rcpt.text() + " by " + (*listed)->where);
    return dsn::no_such_user("mail to " + rcpt.text() + " not accepted here");
  }

  void on_check() { pairs_.check_with_users(); }

 private:
  PairList pairs_;
};

SMTPD_PLUGIN(BadMailFromTo, "badmailfromto", rcpt, check)

}  // namespace smtpd
