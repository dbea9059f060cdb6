#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/base/text.hpp"
#include "lib/kit/client_name.hpp"
#include "lib/plugin/checker.hpp"
#include "lib/services/resolver.hpp"
#include "lib/smtp/dsn.hpp"

namespace smtpd {
namespace {

using dns::Answer, dns::Question;

// Of one client. One that is confirmed is enough, and nobody has that many.
constexpr std::size_t most_names = 10;

/// RFC 8601 2.7.3.
enum class Iprev : std::uint8_t { pass, fail, permerror, temperror };
constexpr std::array<std::string_view, 4> iprev_words{"pass", "fail", "permerror", "temperror"};

struct Finding {
  Iprev iprev = Iprev::temperror;
  std::string why = {};   ///< for the log
  std::string name = {};  ///< with pass: the confirmed name
  int karma = 0;
};

bool is_unnamed(const Connection& conn) {
  return conn.remote_host == "unknown" || conn.remote_host.starts_with('[');
}

/// Why a text is no name of a host in the Internet; empty if it may be one.
std::string_view fault_of(std::string_view name) {
  if (name.find('.') == name.npos) return "not FQDN";
  const bool is_plain =
      std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '-' || c == '.'; });
  return is_plain ? "" : "invalid FQDN characters";
}

/// The names in an answer to dns::names_of() that may be names of hosts.
std::vector<std::string> names_in(const Answer& answer) {
  std::vector<std::string> names;
  for (const std::string& name : answer.names) {
    if (names.size() == most_names) break;
    if (fault_of(name).empty()) names.push_back(name);
  }
  return names;
}

std::vector<Question> questions_about(std::span<const std::string> names, const IpAddress& client) {
  std::vector<Question> questions;
  for (const std::string& name : names)
    questions.push_back({name, client.v6 ? dns::Type::aaaa : dns::Type::a});
  return questions;
}

/// What the addresses of the client's names say. An answer belongs to the name at its place.
Finding compare(std::span<const std::string> names, std::span<const Answer> answers,
                const IpAddress& client) {
  std::string neighbour, failure;
  bool any_address = false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (answers[i].has_failed()) failure = names[i] + ": " + answers[i].why;
    for (const IpAddress& address : answers[i].addresses) {
      any_address = true;
      if (address.unmapped() == client)
        return {.iprev = Iprev::pass, .why = names[i], .name = names[i], .karma = 1};
      if (are_neighbours(address, client)) neighbour = names[i];
    }
  }
  if (!failure.empty()) return {.iprev = Iprev::temperror, .why = failure};
  if (!any_address)
    return {.iprev = Iprev::fail, .why = names.front() + " has no address", .karma = -1};
  if (neighbour.empty())
    return {.iprev = Iprev::fail, .why = names.front() + " has another address"};
  return {.iprev = Iprev::fail,
          .why = neighbour + " has another address in the same " + (client.v6 ? "/64" : "/24")};
}

}  // namespace

/// Forward-confirmed reverse DNS of the client. See doc/plugins/fcrdns.md.
class Fcrdns final : public Checker {
 public:
  explicit Fcrdns(PluginContext& ctx) : Checker(ctx) {
    timeout_ = ctx.args.duration("timeout", seconds(5));
    set_default_reject_policy(Reject::no);
    set_default_verdict(Verdict::denysoft);
  }

  /// Asks, and waits for nothing: the answers come while the client greets.
  Result on_connect(Connection& conn) {
    forget(conn);
    const auto client = client_address(conn);
    if (immune(conn) || !client || is_loopback(*client) || judge_given_name(conn))
      return declined();
    const auto resolver = ctx().find_resolver();
    if (!resolver) return declined();  // on_mail says what is wrong
    (*resolver)->start(dns::names_of(*client),
                       [resolver = *resolver, client = *client](const Answer& answer) {
                         for (const Question& question : questions_about(names_in(answer), client))
                           resolver->start(question);
                       });
    return declined();
  }

  Result on_mail(Transaction& txn, const Address&, const Parameters&) {
    Connection& conn = txn.connection();
    // Another plugin may have ended the hook connect of a new client.
    if (ip_ != conn.remote_ip) forget(conn);
    if (immune(txn)) return declined();
    if (!finding_) {
      finding_ = find(conn);
      record(conn, *finding_);
    }
    return answer(*finding_);
  }

 private:
  void forget(const Connection& conn) {
    finding_.reset();
    ip_ = conn.remote_ip;
  }

  /// What is wrong with the name that the super-server gave, without asking anybody.
  static std::optional<Finding> judge_given_name(const Connection& conn) {
    if (is_unnamed(conn)) return {};
    const std::string& host = conn.remote_host;
    const std::string_view fault =
        equal_ignoring_case(host, "localhost") ? "not localhost" : fault_of(host);
    if (fault.empty()) return {};
    return Finding{.iprev = Iprev::fail, .why = std::string(fault) + ": " + host, .karma = -1};
  }

  Finding find(const Connection& conn) {
    const auto client = client_address(conn);
    if (!client || is_loopback(*client))
      return {.iprev = Iprev::pass,
              .why = client ? "loopback" : "unknown client",
              .karma = client ? 1 : 0};
    if (auto wrong = judge_given_name(conn)) return std::move(*wrong);
    dns::Resolver& resolver = ctx().resolver();
    const Deadline deadline = ctx().clock().after(timeout_);
    const Answer reverse = resolver.ask(dns::names_of(*client), deadline);
    if (reverse.has_failed()) return {.iprev = Iprev::temperror, .why = "PTR: " + reverse.why};
    if (!reverse.has_records()) return {.iprev = Iprev::permerror, .why = "no rDNS", .karma = -1};
    const auto names = names_in(reverse);
    if (names.empty())
      return {.iprev = Iprev::fail,
              .why = std::string(fault_of(reverse.names.front())) + ": " + reverse.names.front(),
              .karma = -1};
    return compare(names, resolver.ask_all(questions_about(names, *client), deadline), *client);
  }

  /// Once for a client.
  void record(Connection& conn, const Finding& finding) const {
    if (finding.karma != 0) adjust_karma(finding.karma);
    const bool was_asked = finding.iprev != Iprev::pass || !finding.name.empty();
    if (was_asked)
      conn.authentication_results.add({.method = "iprev",
                                       .result = std::string(word_of(finding)),
                                       .comment = finding.name,
                                       .properties = {{"policy.iprev", conn.remote_ip}}});
    if (!finding.name.empty() && is_unnamed(conn)) name_host(conn, finding.name);
  }

  /// `info@host` keeps its first part.
  static void name_host(Connection& conn, const std::string& name) {
    const auto at = conn.remote_info.find('@');
    conn.remote_info = at == std::string::npos ? name : conn.remote_info.substr(0, at + 1) + name;
    conn.remote_host = name;
  }

  Result answer(const Finding& finding) const {
    switch (finding.iprev) {
      case Iprev::pass: return passed(finding.why);
      case Iprev::temperror: log(Level::warn, "error, " + finding.why); return declined();
      case Iprev::fail:
      case Iprev::permerror: break;
    }
    const std::string& ip = ctx().connection().remote_ip;
    return reject(
        denysoft((finding.iprev == Iprev::permerror
                      ? "Your address " + ip + " has no name in the DNS"
                      : "The name of your address " + ip + " in the DNS does not lead back to it") +
                 " (#4.7.25)"),
        std::string(word_of(finding)) + ", " + finding.why);
  }

  static std::string_view word_of(const Finding& finding) {
    return iprev_words[static_cast<std::size_t>(finding.iprev)];
  }

  milliseconds timeout_{};
  std::optional<Finding> finding_;
  std::string ip_;  // whom finding_ is about
};

SMTPD_PLUGIN(Fcrdns, "fcrdns", connect, mail)

}  // namespace smtpd
