#include <unistd.h>

#include <algorithm>

#include "lib/base/text.hpp"
#include "lib/kit/lists.hpp"
#include "lib/mail/trace.hpp"

namespace smtpd {
namespace {

constexpr std::string_view key = "sender_login";

/// True if an entry of sender_login stands for the address: `user@host`, `@host`, or `*` for all.
bool fits(std::string_view entry, const Address& sender) {
  if (entry == "*") return true;
  if (entry.starts_with('@')) return equal_ignoring_case(entry.substr(1), sender.host());
  return equal_ignoring_case(entry, sender.plain());
}

bool any_fits(const std::vector<std::string_view>& entries, const Address& sender) {
  return std::ranges::any_of(entries, [&](std::string_view each) { return fits(each, sender); });
}

}  // namespace

/// A server for one's own users (RFC 6409): they authenticate, send as themselves, and get the
/// fields that their programs leave out. See doc/plugins/submission.md.
class Submission final : public Plugin {
 public:
  explicit Submission(PluginContext& ctx) : Plugin(ctx) {
    ctx.enforce();
    domain_ = ctx.args.text("domain", "");
    anybody_ = ctx.args.choice("senders", {"own", "any"}, "own") == "any";
  }

  /// RFC 6409 8.6: a sender without a domain belongs to this server's.
  Rewrite on_mail_pre(Transaction& txn, std::string_view path, Parameters&) {
    const bool bare = path.size() > 2 && path.starts_with('<') && path.ends_with('>') &&
                      path.find('@') == path.npos;
    if (!bare || !has_authenticated(txn)) return std::nullopt;
    return std::string(path.substr(0, path.size() - 1)) + '@' + domain() + '>';
  }

  Result on_mail(Transaction& txn, const Address& sender, const Parameters&) {
    if (!has_authenticated(txn)) {
      log(Level::info, "fail, not authenticated");
      return done(Reply{530, EnhancedCode{5, 7, 0}, "Authentication required"});
    }
    const std::string& user = txn.connection().authentication.user;
    const auto whose = ctx().without_detail(sender);
    if (!whose) return undecided(ctx(), whose.error());
    if (anybody_ || sender.is_null() || is_granted(user, sender) || is_own(user, sender) ||
        (*whose && is_own(user, **whose))) {
      log(Level::info, "pass, " + user);
      return declined();
    }
    log(Level::info, "fail, " + user + " sends as " + sender.text());
    return done(Reply{553, EnhancedCode{5, 7, 1}, sender.text() + " is not yours to send from"});
  }

  Result on_data_post_headers(Transaction& txn) {
    const WallTime now = ctx().clock().wall();
    if (lacks(txn.header, "Date")) txn.header.add_back("Date", mail_date(now));
    if (lacks(txn.header, "Message-ID")) {
      const auto instant =
          std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
      std::string id = "<" + std::to_string(instant) + '.' + std::to_string(::getpid()) + '.';
      id.append(std::to_string(txn.number())).append("@").append(ctx().me()).append(">");
      txn.header.add_back("Message-ID", id);
    }
    return declined();
  }

  void on_check() {
    if (anybody_ && (!ctx().config(key).empty() || ctx().has_map(key)))
      log(Level::warn, "senders any: " + std::string(key) + " is not asked");
    for (const ConfigLine& line : ctx().config(key)) {
      const auto parts = words(line.text);
      for (std::size_t i = 1; i < parts.size(); ++i) {
        if (parts[i] != "*" && parts[i].find('@') == parts[i].npos)
          ctx().problem(line.where() + ": " + std::string(parts[i]) +
                        " is no address, no @domain and no *");
      }
    }
  }

 private:
  /// True if none of the fields of that name says anything; those that say nothing are removed.
  static bool lacks(HeaderList& header, std::string_view name) {
    const auto fields = header.get_all(name);
    if (std::ranges::any_of(fields, [](auto value) { return !trim(value).empty(); })) return false;
    header.remove(name);
    return true;
  }

  static bool has_authenticated(const Transaction& txn) {
    return txn.connection().authentication.state == Authentication::State::passed;
  }

  const std::string& domain() const { return domain_.empty() ? ctx().me() : domain_; }

  /// True if `sender` is the user's own address: the name that he has authenticated with, or that
  /// name at the domain. Case does not count.
  bool is_own(const std::string& user, const Address& sender) const {
    if (user.starts_with('@')) return false;  // it would begin a source route
    const bool is_address = user.find('@') != user.npos;
    const auto own = Address::parse_utf8('<' + user + (is_address ? "" : '@' + domain()) + '>',
                                         Address::Grammar::lenient);
    return own && own->host() == sender.host() && equal_ignoring_case(own->user(), sender.user());
  }

  /// True if sender_login adds `sender` to what the user may send as.
  bool is_granted(const std::string& user, const Address& sender) {
    for (const ConfigLine& line : ctx().config(key)) {
      auto parts = words(line.text);
      if (!equal_ignoring_case(parts.front(), user)) continue;
      parts.erase(parts.begin());
      if (any_fits(parts, sender)) return true;
    }
    const auto more = ctx().lookup(key, lower(user));
    return more && any_fits(words(*more), sender);
  }

  std::string domain_;
  bool anybody_ = false;  // users send as whom they want
};

SMTPD_PLUGIN(Submission, "submission", mail_pre, mail, data_post_headers, check)

}  // namespace smtpd
