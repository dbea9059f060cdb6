#pragma once
/// The base of policy plugins: reject, reject_type, immunity, karma and the verdict line of the log
/// (qpsmtpd's helpers).
#include <optional>
#include <string>
#include <string_view>

#include "lib/plugin/plugin.hpp"

namespace smtpd {

class SMTPD_API Checker : public Plugin {
 public:
  /// Reads the arguments reject (0, 1, naughty) and reject_type (perm, temp, disconnect,
  /// temp_disconnect).
  explicit Checker(PluginContext& ctx) : Plugin(ctx) { read_reject(ctx); }

 protected:
  enum class Reject { no, yes, naughty };

  /// True for a relay client and a whitelisted host; logs why it is skipped.
  bool immune(const Connection& conn) const;
  /// The same, and a whitelisted sender.
  bool immune(const Transaction& txn) const;
  /// What becomes of a refusal under reject and reject_type: the refusal itself with reject_type's
  /// verdict, or DECLINED. `detail` goes to the log behind the verdict.
  Result reject(Result refusal, std::string_view detail = {}) const;
  /// Logs `pass, TEXT` (or `skip, TEXT`) and declines.
  Result passed(std::string_view text) const;
  Result skipped(std::string_view text) const;
  /// Adds to the connection's karma.
  void adjust_karma(int delta) const;

  Reject reject_policy() const { return reject_; }
  void set_reject_policy(Reject policy) { reject_ = policy; }
  /// The verdict for refusals when no reject_type is given.
  void set_default_verdict(Verdict verdict) {
    if (!verdict_given_) verdict_ = verdict;
  }

 private:
  void read_reject(PluginContext& ctx) {
    const std::string_view policy = ctx.args.choice("reject", {"0", "1", "naughty"}, "1");
    reject_ = policy == "0" ? Reject::no : policy == "1" ? Reject::yes : Reject::naughty;
    const std::string_view type = ctx.args.choice(
        "reject_type", {"perm", "hard", "temp", "soft", "disconnect", "temp_disconnect"}, "");
    verdict_given_ = !type.empty();
    if (type == "temp" || type == "soft") verdict_ = Verdict::denysoft;
    if (type == "perm" || type == "hard") verdict_ = Verdict::deny;
    if (type == "disconnect") verdict_ = Verdict::deny_disconnect;
    if (type == "temp_disconnect") verdict_ = Verdict::denysoft_disconnect;
  }
  void defer(const std::string& text) const;

  Reject reject_ = Reject::yes;
  std::optional<Verdict> verdict_;
  bool verdict_given_ = false;
};

}  // namespace smtpd
