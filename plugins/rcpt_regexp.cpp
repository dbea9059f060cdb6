#include "lib/kit/lists.hpp"

namespace smtpd {

/// Answers for recipients by an ordered list of addresses and patterns. See
/// doc/plugins/rcpt_regexp.md.
class RcptRegexp final : public Plugin {
 public:
  explicit RcptRegexp(PluginContext& ctx)
      : Plugin(ctx),
        list_(ctx, "rcpt_regexp",
              {.patterns = ListForm::Patterns::in_slashes, .behind = ListForm::Behind::result}) {}

  Result on_rcpt(Transaction&, const Address& rcpt, const Parameters&) {
    const auto listed = list_.find_for(rcpt, rcpt);
    if (!listed) return undecided(ctx(), listed.error());
    if (!*listed) return declined();
    const ListHit& hit = **listed;
    log(Level::info, (is_refusal(hit.result.verdict) ? "fail, " : "pass, ") + rcpt.text() + " is " +
                         std::string(to_string(hit.result.verdict)) + " by " + hit.where);
    return hit.result;
  }

  void on_check() { list_.check_with_users(); }

 private:
  AddressList list_;
};

SMTPD_PLUGIN(RcptRegexp, "rcpt_regexp", rcpt, check)

}  // namespace smtpd
