#include <algorithm>
#include <array>

#include "lib/base/text.hpp"
#include "lib/plugin/checker.hpp"

namespace smtpd {

/// Refuses messages with the null sender that are no bounces. See doc/plugins/bogus_bounce.md.
class BogusBounce final : public Checker {
 public:
  explicit BogusBounce(PluginContext& ctx) : Checker(ctx) {
    const std::string_view action = read_action(ctx);
    set_default_reject_policy(action == "log" ? Reject::no : Reject::yes);
    if (action == "denysoft") set_default_verdict(Verdict::denysoft);
  }

  Result on_data_post(Transaction& txn) {
    if (!txn.sender || !txn.sender->is_null()) return skipped("not a null sender");
    // An alias may have made several of the one.
    const auto is_another = [&](const Recipient& each) {
      return each.as_sent() != txn.recipients.front().as_sent();
    };
    if (txn.recipients.empty() || std::ranges::any_of(txn.recipients, is_another))
      return reject(deny("This bounce message does not have 1 recipient"));
    for (const std::string_view path : txn.header.get_all("Return-Path")) {
      const std::string_view value = trim(path);
      if (!value.empty() && value != "<>")
        return reject(deny("A bounce return path must be empty (RFC 3834)"));
    }
    return passed("a bounce");
  }

 private:
  static std::string_view read_action(PluginContext& ctx) {
    constexpr std::array<std::string_view, 3> actions{"log", "deny", "denysoft"};
    const std::string_view word = ctx.args.positional().value_or("log");
    for (const std::string_view action : actions) {
      if (equal_ignoring_case(word, action)) return action;
    }
    const std::string_view near = nearest(lower(word), actions);
    throw ConfigError("the first argument is log, deny or denysoft, not '" + printable(word) +
                      '\'' + (near.empty() ? "" : "; did you mean '" + std::string(near) + "'?"));
  }
};

SMTPD_PLUGIN(BogusBounce, "bogus_bounce", data_post)

}  // namespace smtpd
