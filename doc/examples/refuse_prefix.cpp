#include "lib/base/text.hpp"
#include "lib/plugin/checker.hpp"

/// Refuses recipients whose local part begins with a prefix: `refuse_prefix old-`.
class RefusePrefix final : public smtpd::Checker {
 public:
  explicit RefusePrefix(smtpd::PluginContext& ctx) : Checker(ctx) {
    const auto prefix = ctx.args.positional();
    if (!prefix) throw smtpd::ConfigError("it needs a prefix");
    prefix_ = *prefix;
  }

  smtpd::Result on_rcpt(smtpd::Transaction& txn, const smtpd::Address& rcpt,
                        const smtpd::Parameters&) {
    if (immune(txn) || !smtpd::starts_with_ignoring_case(rcpt.user(), prefix_))
      return smtpd::declined();
    return reject(smtpd::dsn::no_such_user(), rcpt.text());
  }

 private:
  std::string prefix_;
};

SMTPD_PLUGIN(RefusePrefix, "refuse_prefix", rcpt)
