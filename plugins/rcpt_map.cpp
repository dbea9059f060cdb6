#include <algorithm>

#include "lib/base/text.hpp"
#include "lib/kit/local_domains.hpp"

namespace smtpd {

/// Answers for the recipients of all our domains, or of one, from a table of them. See
/// doc/plugins/rcpt_map.md.
class RcptMap final : public Plugin {
 public:
  explicit RcptMap(PluginContext& ctx)
      : Plugin(ctx),
        domain_(lower(ctx.args.text("domain", ""))),
        file_(needed(ctx, "file")),
        unlisted_(read_default(ctx.args.text("default", "DENY=No_such_user."))),
        table_(ctx, file_,
               {.patterns = ListForm::Patterns::none, .behind = ListForm::Behind::result}),
        ours_(ctx) {}

  Result on_rcpt(Transaction&, const Address& rcpt, const Parameters&) {
    const auto concerned = is_about(rcpt);
    if (!concerned) return undecided(ctx(), concerned.error());
    if (!*concerned) return declined();
    if (const auto usable = needs_table(ctx(), file_); !usable)
      return undecided(ctx(), usable.error());
    const auto listed =
        find_recipient(ctx(), rcpt, [this](const Address& each) { return table_.find(each); });
    if (!listed) return undecided(ctx(), listed.error());
    return answer(rcpt, *listed ? (*listed)->result : unlisted_,
                  *listed ? (*listed)->where : "default");
  }

  void on_check() {
    if (const auto usable = needs_table(ctx(), file_); !usable)
      return ctx().problem(usable.error().what);
    table_.check();
    check_domains();
    check_postmaster();
  }

 private:
  /// With `domain` this plugin is not asked about recipients of other domains.
  void check_domains() {
    if (domain_.empty()) return;
    for (const ConfigLine& line : ctx().config(file_)) {
      const std::string_view entry = words(line.text).front();
      const auto at = entry.rfind('@');
      if (at == entry.npos || equal_ignoring_case(entry.substr(at + 1), domain_)) continue;
      log(Level::warn, line.where() + ": " + printable(entry) + " is not in " + domain_ +
                           ", so that nobody looks for it here");
    }
  }

  /// RFC 5321 4.5.1 wants him; who has trouble with this server writes to him.
  void check_postmaster() {
    const auto postmaster = Address::parse("<postmaster@" + domain_ + '>');
    if (!postmaster) return;
    const auto listed = table_.find(*postmaster);
    if (!listed || !is_refusal(*listed ? (*listed)->result.verdict : unlisted_.verdict)) return;
    log(Level::warn, "the table " + file_ + " accepts no " + postmaster->mailbox() +
                         ", whom every domain has to have");
  }

  static std::string needed(PluginContext& ctx, std::string_view name) {
    const auto value = ctx.args.value(name);
    if (!value) throw ConfigError("it needs the argument " + std::string(name));
    return std::string(*value);
  }

  /// <postmaster> alone is the next plugin's. Errors: those of LocalDomains.
  std::expected<bool, Error> is_about(const Address& rcpt) {
    if (!domain_.empty() || rcpt.host().empty()) return rcpt.host() == domain_ && !domain_.empty();
    return ours_.has(rcpt.host());
  }

  /// `RESULT[=TEXT]`, with underscores for blanks.
  static Result read_default(std::string text) {
    const auto equals = std::min(text.find('='), text.size());
    std::ranges::replace(text.begin() + static_cast<std::ptrdiff_t>(equals), text.end(), '_', ' ');
    if (equals < text.size()) text[equals] = ' ';
    auto result = to_result(text);
    if (!result) throw ConfigError("argument default: " + result.error().what);
    return std::move(*result);
  }

  Result answer(const Address& rcpt, Result result, const std::string& where) const {
    const bool refused = is_refusal(result.verdict);
    log(Level::info, (refused ? "fail, " : "pass, ") + rcpt.text() + " is " +
                         std::string(to_string(result.verdict)) + " by " + where);
    if (!refused) return result;
    if (result.text.empty()) result.text = "No such user.";
    return dsn::no_such_user(std::move(result.text), result.verdict);
  }

  std::string domain_, file_;  // an empty domain: all that are ours
  Result unlisted_;
  AddressList table_;
  LocalDomains ours_;
};

SMTPD_PLUGIN(RcptMap, "rcpt_map", rcpt, check)

}  // namespace smtpd
