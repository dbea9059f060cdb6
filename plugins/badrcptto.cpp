#include "lib/kit/lists.hpp"
#include "lib/plugin/checker.hpp"

namespace smtpd {

/// Refuses recipients listed in config/badrcptto, their own or the site's. See
/// doc/plugins/badrcptto.md.
class BadRcptTo final : public Checker {
 public:
  explicit BadRcptTo(PluginContext& ctx) : Checker(ctx), list_(ctx, "badrcptto") {}

  Result on_rcpt(Transaction& txn, const Address& rcpt, const Parameters&) {
    // Not immune(): a whitelist is about who sends, and the list about who cannot get it.
    if (txn.connection().relay_client) return skipped("relay client");
    const auto listed = list_.find_for(rcpt, rcpt);
    if (!listed) return undecided(ctx(), listed.error());
    if (!*listed) return passed("not listed");
    adjust_karma(-2);
    const ListHit& hit = **listed;
    std::string text =
        hit.text.empty() ? "mail to " + rcpt.text() + " not accepted here" : hit.text;
    return reject(dsn::no_such_user(std::move(text)), rcpt.text() + " by " + hit.where);
  }

  void on_check() { list_.check_with_users(); }

 private:
  AddressList list_;
};

SMTPD_PLUGIN(BadRcptTo, "badrcptto", rcpt, check)

}  // namespace smtpd
