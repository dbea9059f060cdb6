#include "plugins/whitelist.hpp"

#include <utility>
#include <vector>

#include "lib/base/text.hpp"
#include "lib/kit/lists.hpp"
#include "lib/plugin/checker.hpp"

namespace smtpd {
namespace {

constexpr ListForm addresses{.patterns = ListForm::Patterns::none,
                             .hosts = ListForm::Hosts::with_or_without_at};

/// The answer to "is it listed?". Errors: those of ListAnswer.
using Listed = std::expected<bool, Error>;

Listed as_listed(const ListAnswer& answer) {
  if (!answer) return std::unexpected(answer.error());
  return answer->has_value();
}

}  // namespace

/// Exempts hosts, HELO names, senders and recipients from the plugins behind it. See
/// doc/plugins/whitelist.md.
class Whitelist final : public Plugin {
 public:
  explicit Whitelist(PluginContext& ctx)
      : Plugin(ctx),
        hosts_(ctx, "whitelisthosts"),
        names_(ctx, "whitelisthelo"),
        senders_(ctx, "whitelistsenders", addresses),
        recipients_(ctx, "whitelistrcpt", addresses),
        per_recipient_(ctx.args.flag("per_recipient", false)),
        merge_(ctx.args.flag("merge", true)),
        // Whose recipient it is remains rcpt_ok's question: a list of exceptions opens no relay.
        rcpt_ok_(ctx.inherit("rcpt_ok")) {
    if (!per_recipient_) return;
    for (const Hook hook : {Hook::connect, Hook::helo, Hook::ehlo, Hook::mail}) ctx.skip(hook);
  }

  Result on_connect(Connection& conn) {
    constexpr int bonus = 5;
    const Listed listed = host_is_listed(conn);
    if (!listed) return undecided(ctx(), listed.error());
    if (!*listed) return declined();
    conn.notes.set(note::whitelisthost, true);
    adjust_karma(ctx(), bonus);
    return accepted("host " + conn.remote_ip);
  }

  Result on_helo(Connection& conn, const Hello& hello) { return greet(conn, hello.host); }
  Result on_ehlo(Connection& conn, const Hello& hello) { return greet(conn, hello.host); }

  Result on_mail(Transaction& txn, const Address& sender, const Parameters&) {
    const Listed listed = as_listed(senders_.find(sender));
    if (!listed) return undecided(ctx(), listed.error());
    if (!*listed) return declined();
    txn.notes.set(note::whitelistsender, true);
    return accepted("sender " + sender.text());
  }

  Result on_rcpt(Transaction& txn, const Address& rcpt, const Parameters& parameters) {
    const Listed listed =
        per_recipient_ ? anything_is_listed(txn, rcpt) : as_listed(recipients_.find(rcpt));
    if (!listed) return undecided(ctx(), listed.error());
    if (!*listed) return declined();
    const std::int64_t* const before = txn.notes.get(note::whitelistrcpt);
    txn.notes.set(note::whitelistrcpt, (before ? *before : 0) + 1);
    const Result result = rcpt_ok_.call<Hook::rcpt>(txn, rcpt, parameters);
    if (result.verdict == Verdict::ok) return accepted("recipient " + rcpt.text());
    log(Level::notice, "info, recipient " + rcpt.text() + " is listed, but not ours");
    return declined();
  }

  void on_check() {
    check(hosts_);
    check(names_);
    check(senders_);
    check(recipients_);
  }

 private:
  template <class Rules>
  void check(BasicList<Rules>& list) const {
    if (per_recipient_)
      list.check_with_users();
    else
      list.check();
  }

  Result accepted(const std::string& whom) const {
    log(Level::info, "pass, " + whom);
    return ok();
  }

  Result greet(Connection& conn, const std::string& name) {
    const Listed listed = as_listed(names_.find(name));
    if (!listed) return undecided(ctx(), listed.error());
    if (!*listed) return declined();
    conn.notes.set(note::whitelisthelo, true);
    return accepted("HELO name " + name);
  }

  /// tcpserver's rules may say so, or the list. Nobody is whitelisted by being unknown.
  Listed host_is_listed(Connection& conn) {
    const auto client = IpAddress::parse(conn.remote_ip);
    if (!conn.named || !client) return false;
    if (ctx().services().environment.get("WHITELISTCLIENT")) {
      conn.notes.set(note::whitelistclient, true);
      return true;
    }
    return as_listed(hosts_.find(*client));
  }

  /// In the lists of this recipient, or with merge also in those of the site: the host, the name,
  /// the sender or the recipient. It says nothing about other recipients, so no note is set.
  Listed anything_is_listed(Transaction& txn, const Address& rcpt) {
    const Connection& conn = txn.connection();
    const auto client = IpAddress::parse(conn.remote_ip);
    if (conn.named && client) {
      if (ctx().services().environment.get("WHITELISTCLIENT")) return true;
      if (Listed hit = is_listed(rcpt, hosts_, *client); !hit || *hit) return hit;
    }
    if (Listed hit = is_listed(rcpt, names_, conn.hello_host); !hit || *hit) return hit;
    if (Listed hit = is_listed(rcpt, senders_, *txn.sender); !hit || *hit) return hit;
    return is_listed(rcpt, recipients_, rcpt);
  }

  template <class Rules>
  Listed is_listed(const Address& rcpt, BasicList<Rules>& list, const Rules::Subject& subject) {
    const Listed own = as_listed(list.find_for(rcpt, subject));
    if (!own || *own || !merge_) return own;
    return as_listed(list.find(subject));
  }

  ClientList hosts_;
  DomainList names_;
  AddressList senders_, recipients_;
  bool per_recipient_, merge_;
  Parent rcpt_ok_;
};

SMTPD_PLUGIN(Whitelist, "whitelist", connect, ehlo, helo, rcpt, mail, check)

}  // namespace smtpd
