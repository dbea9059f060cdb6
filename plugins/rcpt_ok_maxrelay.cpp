#include "lib/plugin/plugin.hpp"

namespace smtpd {
namespace {

constexpr NoteKey<std::int64_t> count_relay_attempts{"count_relay_attempts"};  // of the connection

}  // namespace

/// rcpt_ok that ends connections which try to relay too often: a child plugin. See
/// doc/plugins/rcpt_ok_maxrelay.md.
class RcptOkMaxrelay final : public Plugin {
 public:
  explicit RcptOkMaxrelay(PluginContext& ctx)
      : Plugin(ctx),
        most_(ctx.args.leading_number(5, 0, 1'000'000)),
        rcpt_ok_(ctx.inherit("rcpt_ok", words_of_parent(ctx))) {}

  Result on_rcpt(Transaction& txn, const Address& rcpt, const Parameters& parameters) {
    Result result = rcpt_ok_.call<Hook::rcpt>(txn, rcpt, parameters);
    if (result.verdict != Verdict::deny || most_ == 0) return result;
    Notes& notes = txn.connection().notes;
    const std::int64_t* const before = notes.get(count_relay_attempts);
    const std::int64_t count = (before ? *before : 0) + 1;
    notes.set(count_relay_attempts, std::int64_t{count});
    if (count <= most_) return result;
    log(Level::info, "fail, " + std::to_string(count) + " relaying attempts");
    return deny_disconnect("Too many relaying attempts (#5.7.1)");
  }

 private:
  static std::vector<std::string> words_of_parent(PluginContext& ctx) {
    const auto me = ctx.args.value("me");
    return me ? std::vector<std::string>{"me", std::string(*me)} : std::vector<std::string>();
  }

  std::int64_t most_;
  Parent rcpt_ok_;
};

SMTPD_PLUGIN(RcptOkMaxrelay, "rcpt_ok_maxrelay", rcpt)

}  // namespace smtpd
