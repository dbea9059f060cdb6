#include "lib/kit/lists.hpp"
#include "lib/plugin/checker.hpp"

namespace smtpd {

/// Refuses senders listed in config/badmailfrom. See doc/plugins/badmailfrom.md.
class BadMailFrom final : public Checker {
 public:
  explicit BadMailFrom(PluginContext& ctx) : Checker(ctx), list_(ctx, "badmailfrom") {}

  Result on_mail(Transaction& txn, const Address& sender, const Parameters&) {
    if (immune(txn)) return declined();
    if (sender.is_null()) return skipped("null sender");
    const auto listed = list_.find(sender);
    if (!listed) return undecided(ctx(), listed.error());
    if (!*listed) return passed("not listed");
    adjust_karma(-1);
    const ListHit& hit = **listed;
    return reject(
        deny(hit.text.empty() ? "mail from " + sender.text() + " not accepted here" : hit.text),
        sender.text() + " by " + hit.where);
  }

  void on_check() { list_.check(); }

 private:
  AddressList list_;
};

SMTPD_PLUGIN(BadMailFrom, "badmailfrom", mail, check)

}  // namespace smtpd
