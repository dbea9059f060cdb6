#include "lib/plugin/checker.hpp"

namespace smtpd {

/// Carries out the refusals that other plugins deferred with `reject naughty`. See
/// doc/plugins/naughty.md.
class Naughty final : public Plugin {
 public:
  explicit Naughty(PluginContext& ctx)
      : Plugin(ctx), verdict_(read_reject_type(ctx).value_or(Verdict::deny_disconnect)) {
    const std::string_view stage =
        ctx.args.choice("reject", {"connect", "mail", "rcpt", "data", "data_post"}, "rcpt");
    for (const Hook hook : {Hook::connect, Hook::mail, Hook::rcpt, Hook::data}) {
      if (to_string(hook) != stage) ctx.skip(hook);
    }
  }

  Result on_connect(Connection& conn) { return judge(conn.notes); }
  Result on_mail(Transaction& txn, const Address&, const Parameters&) {
    return judge(txn.connection().notes);
  }
  Result on_rcpt(Transaction& txn, const Address&, const Parameters&) {
    return judge(txn.connection().notes);
  }
  Result on_data(Transaction& txn) { return judge(txn.connection().notes); }
  // For what is deferred behind the stage that was asked for.
  Result on_data_post(Transaction& txn) { return judge(txn.connection().notes); }

 private:
  Result judge(const Notes& notes) const {
    if (!notes.has(note::naughty)) {
      log(Level::info, "pass, nothing was deferred");
      return declined();
    }
    const std::string& reasons = *notes.get(note::naughty);
    std::string line = "fail, ";
    for (const char c : reasons) line += c == '\n' ? "; " : std::string(1, c);
    log(Level::info, line);
    const std::string* const type = notes.get(note::naughty_reject_type);
    const auto verdict = type ? to_verdict(*type) : std::nullopt;
    return {verdict && is_refusal(*verdict) ? *verdict : verdict_, reasons, {}};
  }

  Verdict verdict_;
};

SMTPD_PLUGIN(Naughty, "naughty", connect, rcpt, mail, data, data_post)

}  // namespace smtpd
