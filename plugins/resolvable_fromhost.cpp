#include <expected>
#include <string>
#include <vector>

#include "lib/kit/lists.hpp"
#include "lib/plugin/checker.hpp"
#include "lib/services/resolver.hpp"
#include "lib/smtp/dsn.hpp"

namespace smtpd {
namespace {

constexpr NoteKey<std::string> outcome_note{"resolvable_fromhost"};
constexpr NoteKey<std::string> host_note{"resolvable_fromhost_host"};
// Of one domain, the preferred ones. Whoever has more needs none of the others.
constexpr std::size_t most_exchangers = 10;

}  // namespace

/// Refuses senders whose domain could not get an answer. See doc/plugins/resolvable_fromhost.md.
class ResolvableFromHost final : public Checker {
 public:
  explicit ResolvableFromHost(PluginContext& ctx)
      : Checker(ctx), invalid_(ctx, "invalid_resolvable_fromhost") {
    timeout_ = ctx.args.duration("timeout", seconds(30));
  }

  Result on_mail(Transaction& txn, const Address& sender, const Parameters&) {
    if (immune(txn)) return declined();
    if (sender.is_null()) {
      txn.notes.set(outcome_note, "null");
      return skipped("null sender");
    }
    const std::string& host = sender.host();
    if (host.empty()) {
      txn.notes.set(outcome_note, "unparsable host");
      return refuse("FQDN required in the envelope sender", sender.text() + " has no domain");
    }
    txn.notes.set(host_note, host);
    if (!host.starts_with('[')) return judge(txn, host);
    txn.notes.set(outcome_note, "ip");
    adjust_karma(-1);
    return skipped(host + " is an address");
  }

  void on_check() { invalid_.check(); }

 private:
  /// What the addresses of one or more hosts are worth.
  struct Addresses {
    bool any_valid = false;
    bool any_invalid = false;  ///< in a network of the list
    std::string failure = {};  ///< of a question without an answer; empty: none
  };

  Result judge(Transaction& txn, const std::string& host) {
    const Deadline deadline = ctx().clock().after(timeout_);
    const dns::Question question{host, dns::Type::mx};
    const auto mx = ctx().resolver().ask(question, deadline, dns::Budget::exempt);
    if (mx.has_failed()) return put_off(dns::to_text(question) + ": " + mx.why);
    if (mx.has_records()) return judge_exchangers(txn, host, mx.exchangers, deadline);
    if (mx.outcome == dns::Outcome::no_name) return refuse_as_unknown(host);
    const auto found = look_up({host}, deadline);
    if (!found) return undecided(ctx(), found.error());
    if (found->any_valid) {
      txn.notes.set(outcome_note, "a");
      return passed(host + " has an address");
    }
    if (!found->failure.empty()) return put_off(found->failure);
    if (!found->any_invalid) return refuse_as_unknown(host);
    txn.notes.set(outcome_note, "invalid address for " + host);
    return refuse("The address of " + host + " is not a valid one for mail",
                  "invalid address for " + host);
  }

  Result judge_exchangers(Transaction& txn, const std::string& host,
                          const std::vector<dns::Mx>& exchangers, Deadline deadline) {
    std::vector<std::string> hosts;
    for (const dns::Mx& mx : exchangers) {
      if (!mx.host.empty() && hosts.size() < most_exchangers) hosts.push_back(mx.host);
    }
    if (hosts.empty()) return refuse_null_mx(txn, host);
    const auto found = look_up(hosts, deadline);
    if (!found) return undecided(ctx(), found.error());
    if (found->any_valid) {
      txn.notes.set(outcome_note, "mx");
      return passed(host + " has a mail server");
    }
    if (!found->failure.empty()) return put_off(found->failure);
    txn.notes.set(outcome_note, "invalid MX for " + host);
    return refuse("No mail server (MX) of " + host + " has a valid address",
                  "invalid MX for " + host);
  }

  /// All at once. Errors: those of a list that cannot be read.
  std::expected<Addresses, Error> look_up(const std::vector<std::string>& hosts,
                                          Deadline deadline) {
    std::vector<dns::Question> questions;
    for (const std::string& host : hosts) {
      questions.push_back({host, dns::Type::a});
      questions.push_back({host, dns::Type::aaaa});
    }
    const auto answers = ctx().resolver().ask_all(questions, deadline, dns::Budget::exempt);
    Addresses found;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (answers[i].has_failed())
        found.failure = dns::to_text(questions[i]) + ": " + answers[i].why;
      for (const IpAddress& address : answers[i].addresses) {
        const auto listed = invalid_.find(address.unmapped());
        if (!listed) return std::unexpected(listed.error());
        (*listed ? found.any_invalid : found.any_valid) = true;
      }
    }
    return found;
  }

  Result refuse_as_unknown(const std::string& host) const {
    return refuse(host + " has neither a mail server nor an address",
                  host + " has neither MX nor address");
  }

  /// RFC 7505 4.2. For good, whatever reject_type says: the domain's owner has said so.
  Result refuse_null_mx(Transaction& txn, const std::string& host) const {
    txn.notes.set(outcome_note, "invalid MX for " + host);
    const std::string text = host + " takes no mail, so that nobody could answer";
    adjust_karma(-1);
    Result refusal = deny(text + " (#5.7.27)");
    refusal.reply = Reply{550, EnhancedCode{5, 7, 27}, text};
    // Naughty has the text and the type, and not this reply.
    Notes& notes = ctx().connection().notes;
    const bool defers = reject_policy() == Reject::naughty && !ctx().observes();
    if (defers && !notes.has(note::naughty_reject_type))
      notes.set(note::naughty_reject_type, to_string(Verdict::deny));
    return reject(std::move(refusal), host + " has a null MX");
  }

  Result refuse(std::string text, std::string_view detail) const {
    adjust_karma(-1);
    return reject(dsn::addr_bad_from_system(std::move(text), Verdict::denysoft), detail);
  }

  /// No word from the DNS is trouble of ours, whatever reject_type says.
  Result put_off(const std::string& why) const {
    log(Level::warn, "error, " + why);
    if (reject_policy() == Reject::no) return declined();
    Result result = dsn::temp_resolver_failed();
    result.reply = Reply{450, EnhancedCode{4, 4, 3}, std::string(dsn::temp_resolver_failed.text)};
    return result;
  }

  milliseconds timeout_{};
  ClientList invalid_;
};

SMTPD_PLUGIN(ResolvableFromHost, "resolvable_fromhost", mail, check)

}  // namespace smtpd
