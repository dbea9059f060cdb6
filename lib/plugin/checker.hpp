#pragma once
/// The base of policy plugins: reject, reject_type, immunity, karma and the verdict line of the
/// log (qpsmtpd's helpers).
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// What Checker tells other plugins of a connection, and what it asks before it judges.
namespace note {
inline constexpr NoteKey<std::string> naughty_reject_type{
    "naughty_reject_type"};                             // a deferred refusal -> naughty
inline constexpr NoteKey<bool> rejected{"rejected"};    // a refusal was deferred -> karma
inline constexpr NoteKey<std::int64_t> karma{"karma"};  // the sum of adjust_karma() -> karma
inline constexpr NoteKey<bool> whitelisthost{"whitelisthost"};  // whitelist -> immune()
inline constexpr NoteKey<bool> whitelistsender{
    "whitelistsender"};  // of the transaction: whitelist -> immune()
}  // namespace note

/// The verdict that the argument reject_type names (perm, hard, temp, soft, disconnect,
/// temp_disconnect); none if it is not given. In a constructor.
inline std::optional<Verdict> read_reject_type(PluginContext& ctx) {
  const std::string_view type = ctx.args.choice(
      "reject_type", {"perm", "hard", "temp", "soft", "disconnect", "temp_disconnect"}, "");
  if (type == "perm" || type == "hard") return Verdict::deny;
  if (type == "temp" || type == "soft") return Verdict::denysoft;
  if (type == "disconnect") return Verdict::deny_disconnect;
  if (type == "temp_disconnect") return Verdict::denysoft_disconnect;
  return {};
}

/// Adds to the connection's karma: what is bad for a client is negative.
SMTPD_API void adjust_karma(PluginContext& ctx, int delta);

/// The base of policy plugins.
class SMTPD_API Checker : public Plugin {
 public:
  /// Reads the arguments reject (0, 1, naughty) and reject_type (perm, temp, disconnect,
  /// temp_disconnect).
  explicit Checker(PluginContext& ctx) : Plugin(ctx) { read_reject(ctx, {}); }
  /// The same with a further word for reject, which refuses like 1.
  Checker(PluginContext& ctx, std::string_view more) : Plugin(ctx) { read_reject(ctx, more); }

 protected:
  enum class Reject { no, yes, naughty };

  /// True for a relay client and a whitelisted host; logs why it is skipped.
  bool immune(const Connection& conn) const;
  /// The same, and a whitelisted sender.
  bool immune(const Transaction& txn) const;
  /// What becomes of a refusal by policy under reject and reject_type: the refusal itself with
  /// reject_type's verdict, or DECLINED. `detail` goes to the log behind the verdict. Trouble of
  /// our own is no refusal: return denysoft() for it.
  Result reject(Result refusal, std::string_view detail = {}) const;
  /// The same for a refusal that may turn out to be wrong: for now, whatever reject_type says.
  Result reject_for_now(Result refusal, std::string_view detail = {}) const;
  /// Logs `pass, TEXT` (or `skip, TEXT`) and declines.
  Result passed(std::string_view text) const;
  Result skipped(std::string_view text) const;
  /// Adds to the connection's karma.
  void adjust_karma(int delta) const { smtpd::adjust_karma(ctx(), delta); }

  /// Whether reject has the further word.
  bool has_further_word() const { return has_further_word_; }
  Reject reject_policy() const { return reject_.value_or(Reject::yes); }
  void set_reject_policy(Reject policy) { reject_ = policy; }
  /// The policy when no argument reject is given.
  void set_default_reject_policy(Reject policy) {
    if (!reject_) reject_ = policy;
  }
  /// The verdict for refusals when no reject_type is given.
  void set_default_verdict(Verdict verdict) {
    if (!verdict_) verdict_ = verdict;
  }

 private:
  void read_reject(PluginContext& ctx, std::string_view more) {
    const std::string_view policy =
        more.empty() ? ctx.args.choice("reject", {"0", "1", "naughty"}, "")
                     : ctx.args.choice("reject", {"0", "1", "naughty", more}, "");
    if (policy == "0") reject_ = Reject::no;
    has_further_word_ = !more.empty() && policy == more;
    if (policy == "1" || has_further_word_) reject_ = Reject::yes;
    if (policy == "naughty") reject_ = Reject::naughty;
    verdict_ = read_reject_type(ctx);
  }
  /// What reject says, with this verdict.
  Result carry_out(Result refusal, std::string_view detail) const;
  /// Leaves the refusal to the plugin naughty (qpsmtpd's store_deferred_reject).
  void defer(const Result& refusal) const;

  std::optional<Reject> reject_;  // none: no argument and no other default, which is yes
  std::optional<Verdict> verdict_;
  bool has_further_word_ = false;
};

}  // namespace smtpd
