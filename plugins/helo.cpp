#include <algorithm>
#include <array>
#include <expected>
#include <optional>
#include <span>
#include <vector>

#include "lib/base/network.hpp"
#include "lib/base/pattern.hpp"
#include "lib/base/text.hpp"
#include "lib/kit/client_name.hpp"
#include "lib/kit/lists.hpp"
#include "lib/plugin/checker.hpp"
#include "lib/services/resolver.hpp"

namespace smtpd {
namespace {

constexpr NoteKey<bool> forward_match{"helo_forward_match"}, reverse_match{"helo_reverse_match"};

enum class Policy { lenient, rfc, strict };

/// A line of badhelo: a name, or a pattern, or `!` and a pattern that good names fit.
struct BadName {
  const ConfigLine* line = nullptr;
  std::optional<Pattern> pattern = {};  // none: the line is a name
  bool negated = false;

  explicit BadName(const ConfigLine& from) : line(&from) {
    constexpr std::string_view signs = "{}[]()^$|*+?\\!";
    if (from.text.find_first_of(signs) == from.text.npos) return;
    negated = from.text.starts_with('!');
    pattern.emplace(from.text.substr(negated ? 1 : 0), Pattern::Case::ignored);
  }
  std::expected<bool, Error> fits(std::string_view name) const {
    if (equal_ignoring_case(line->text, name)) return true;
    if (!pattern) return false;
    const auto matched = pattern->matches(name);
    if (!matched)
      return std::unexpected(
          Error{matched.error().code, line->where() + ": " + matched.error().what});
    return *matched != negated;
  }
};

bool is_literal(std::string_view name) { return name.starts_with('[') && name.ends_with(']'); }

/// The address in `[192.0.2.1]` or `[IPv6:2001:db8::1]` (RFC 5321 4.1.3); a client of IPv4 may
/// write its own as `[IPv6:::ffff:192.0.2.1]`.
std::optional<IpAddress> literal_address(std::string_view name) {
  constexpr std::string_view v6 = "IPv6:";
  if (!is_literal(name)) return {};
  const std::string_view inside = name.substr(1, name.size() - 2);
  const bool is_v6 = starts_with_ignoring_case(inside, v6);
  const auto address = IpAddress::parse(inside.substr(is_v6 ? v6.size() : 0));
  return address && address->v6 == is_v6 ? std::optional(address->unmapped()) : std::nullopt;
}

/// RFC 1035 2.3.1, where RFC 1123 2.1 lets a label begin with a digit.
bool is_host_name(std::string_view name) {
  constexpr std::size_t longest_label = 63;
  return std::ranges::all_of(split(name, '.'), [](std::string_view label) {
    return !label.empty() && label.size() <= longest_label && !label.starts_with('-') &&
           !label.ends_with('-') &&
           std::ranges::all_of(label, [](char c) { return is_alnum(c) || c == '-'; });
  });
}

/// What is wrong with the name of this client; empty if nothing is.
using Test = std::string_view (*)(const Connection& conn, std::string_view name);

std::string_view claims_localhost(const Connection& conn, std::string_view name) {
  if (!equal_ignoring_case(name, "localhost") || !conn.named) return {};
  const auto client = IpAddress::parse(conn.remote_ip);
  return client && is_loopback(*client) ? "" : "You are not localhost";
}

std::string_view forges_literal(const Connection& conn, std::string_view name) {
  const auto claimed = literal_address(name), client = IpAddress::parse(conn.remote_ip);
  if (!claimed || !client || !conn.named || *claimed == *client) return {};
  return "Forged IPs not accepted here";
}

std::string_view is_bare_address(const Connection&, std::string_view name) {
  return IpAddress::parse(name) ? "Plain IP is invalid HELO hostname (RFC 5321)" : "";
}

std::string_view has_no_dot(const Connection&, std::string_view name) {
  return literal_address(name) || name.find('.') != name.npos
             ? ""
             : "HELO name is not fully qualified. Read RFC 5321";
}

std::string_view has_bad_characters(const Connection&, std::string_view name) {
  return literal_address(name) || is_host_name(name)
             ? ""
             : "HELO name contains invalid FQDN characters. Read RFC 1035";
}

std::string_view uses_literal(const Connection&, std::string_view name) {
  return literal_address(name) ? "RFC 5321 allows an address literal, but we do not" : "";
}

/// In this order; the first that fails decides.
struct Check {
  Policy least;
  Test test;
};
constexpr auto checks =
    std::array{Check{Policy::lenient, claims_localhost}, Check{Policy::lenient, forges_literal},
               Check{Policy::lenient, is_bare_address},  Check{Policy::rfc, has_no_dot},
               Check{Policy::rfc, has_bad_characters},   Check{Policy::strict, uses_literal}};

/// What the DNS says of the name and of the client.
struct Findings {
  dns::Answer v4 = {}, v6 = {};  ///< the name's addresses
  dns::Answer names = {};        ///< the client's names
  bool resolves() const { return v4.has_records() || v6.has_records(); }
  bool forward_has_failed() const { return v4.has_failed() || v6.has_failed(); }
};

/// The last two labels; the name itself if it has no more.
std::string_view last_labels(std::string_view name) {
  const auto last = name.rfind('.');
  const auto before = last == name.npos || last == 0 ? name.npos : name.rfind('.', last - 1);
  return before == name.npos ? name : name.substr(before + 1);
}

bool matches_forward(const Findings& findings, const IpAddress& client) {
  const auto is_near = [&](const IpAddress& each) { return are_neighbours(each, client); };
  return std::ranges::any_of(findings.v4.addresses, is_near) ||
         std::ranges::any_of(findings.v6.addresses, is_near);
}

/// One of the client's first ten names is in the domain of `name`, as far as two labels tell.
bool matches_reverse(const Findings& findings, std::string_view name) {
  constexpr std::size_t most_names = 10;
  const auto& names = findings.names.names;
  const auto looked_at = std::span(names).first(std::min(names.size(), most_names));
  return std::ranges::any_of(looked_at, [&](std::string_view each) {
    return equal_ignoring_case(last_labels(each), last_labels(name));
  });
}

std::string_view has_no_address(const Findings& findings) {
  if (findings.resolves() || findings.forward_has_failed()) return {};
  return findings.v4.outcome == dns::Outcome::no_name ? "HELO hostname does not exist"
                                                      : "HELO hostname did not resolve";
}

std::string has_no_name(const Findings& findings, std::string_view ip) {
  switch (findings.names.outcome) {
    case dns::Outcome::no_name: return "no rDNS for " + std::string(ip);
    case dns::Outcome::no_data: return "no reverse DNS for " + std::string(ip);
    case dns::Outcome::answer:
    case dns::Outcome::failed: break;
  }
  return {};
}

}  // namespace

/// Judges the name that a client greets with, and writes it into the message. See
/// doc/plugins/helo.md.
class Helo final : public Checker {
 public:
  explicit Helo(PluginContext& ctx) : Checker(ctx) {
    const std::string_view policy =
        ctx.args.choice("policy", {"lenient", "rfc", "strict"}, "lenient");
    policy_ = policy == "lenient" ? Policy::lenient
              : policy == "rfc"   ? Policy::rfc
                                  : Policy::strict;
    timeout_ = ctx.args.duration("timeout", seconds(5));
    if (policy_ == Policy::lenient) ctx.skip(Hook::connect);
    set_default_verdict(Verdict::deny_disconnect);
  }

  /// The client's names come while it greets; who needs them says what is wrong with the DNS.
  Result on_connect(Connection& conn) {
    const bool is_exempt = conn.relay_client || conn.notes.has(note::whitelisthost);
    const auto client = client_of(conn);
    if (is_exempt || !client) return declined();
    if (const auto resolver = ctx().find_resolver()) (*resolver)->start(dns::names_of(*client));
    return declined();
  }

  Parsed<Hello> on_helo_parse(Connection& conn, const CommandLine& command) {
    return look_for_name(conn, command);
  }
  Parsed<Hello> on_ehlo_parse(Connection& conn, const CommandLine& command) {
    return look_for_name(conn, command);
  }
  Result on_helo(Connection& conn, const Hello& hello) { return judge(conn, hello.host); }
  Result on_ehlo(Connection& conn, const Hello& hello) { return judge(conn, hello.host); }

  Result on_data_post(Transaction& txn) {
    txn.header.remove("X-HELO");
    txn.header.add_back("X-HELO", txn.connection().hello_host);
    return declined();
  }

  void on_check() {
    for (const BadName& bad : bad_names()) {
      const auto problem = bad.pattern ? bad.pattern->problem() : std::nullopt;
      if (problem) ctx().problem(bad.line->where() + ": " + problem->what);
    }
  }

 private:
  Result judge(Connection& conn, std::string_view name) {
    const bool has_matched = both_match(conn);
    // What they say is of the name before.
    conn.notes.erase(forward_match.name);
    conn.notes.erase(reverse_match.name);
    if (immune(conn)) return declined();
    const auto listed = is_listed(name);
    if (!listed) return undecided(ctx(), listed.error());
    if (*listed) return refuse("I do not believe you are " + std::string(name) + '.', name);
    for (const Check& check : checks) {
      if (check.least > policy_) continue;
      const std::string_view problem = check.test(conn, name);
      if (!problem.empty()) return refuse(std::string(problem), name);
    }
    if (policy_ != Policy::lenient && !is_literal(name)) {
      std::string problem = ask_dns(conn, name);
      if (!problem.empty()) return refuse(std::move(problem), name);
    }
    if (policy_ == Policy::strict && both_match(conn) && !has_matched) adjust_karma(1);
    return passed(name);
  }

  static bool both_match(const Connection& conn) {
    return conn.notes.get(forward_match) && conn.notes.get(reverse_match);
  }

  /// The core refuses a greeting without a name, and asks nobody about it.
  Parsed<Hello> look_for_name(const Connection& conn, const CommandLine& command) const {
    constexpr int no_name = -2;
    if (command.words().empty() && !immune(conn)) adjust_karma(no_name);
    return {};
  }

  /// None for one that nothing names, and for the machine itself: nothing is asked about them.
  static std::optional<IpAddress> client_of(const Connection& conn) {
    const auto client = client_address(conn);
    return client && !is_loopback(*client) ? client : std::nullopt;
  }

  /// What is wrong with the name as the DNS has it; empty if nothing is, or nobody knows.
  std::string ask_dns(Connection& conn, std::string_view name) {
    const auto client = client_of(conn);
    const Findings findings = look_up(name, client);
    if (const auto problem = has_no_address(findings); !problem.empty())
      return std::string(problem);
    if (!client) return {};
    if (std::string problem = has_no_name(findings, conn.remote_ip); !problem.empty())
      return problem;
    const bool is_forward = matches_forward(findings, *client);
    const bool is_reverse = matches_reverse(findings, name);
    if (is_forward) conn.notes.set(forward_match, true);
    if (is_reverse) conn.notes.set(reverse_match, true);
    if (policy_ != Policy::strict) return {};
    const bool may_match = findings.forward_has_failed() || findings.names.has_failed();
    return is_forward || is_reverse || may_match ? "" : "That HELO hostname fails FCrDNS";
  }

  /// All at once. Trouble is told.
  Findings look_up(std::string_view name, const std::optional<IpAddress>& client) {
    std::vector<dns::Question> questions{{std::string(name), dns::Type::a},
                                         {std::string(name), dns::Type::aaaa}};
    if (client) questions.push_back(dns::names_of(*client));
    auto answers = ctx().resolver().ask_all(questions, ctx().clock().after(timeout_));
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (answers[i].has_failed())
        log(Level::warn, "error, " + dns::to_text(questions[i]) + ": " + answers[i].why);
    }
    Findings findings{.v4 = std::move(answers[0]), .v6 = std::move(answers[1])};
    if (client) findings.names = std::move(answers[2]);
    return findings;
  }

  Result refuse(std::string text, std::string_view name) const {
    adjust_karma(-1);
    const std::string detail = std::string(name) + ": " + text;
    return reject(deny(std::move(text)), detail);
  }

  std::vector<BadName>& bad_names() {
    if (!bad_names_) {
      bad_names_.emplace();
      for (const ConfigLine& line : ctx().config("badhelo")) bad_names_->emplace_back(line);
    }
    return *bad_names_;
  }

  /// Errors: limit.
  std::expected<bool, Error> is_listed(std::string_view name) {
    std::vector<BadName>& bad = bad_names();
    for (auto each = bad.begin(); each != bad.end();) {
      const auto fits = each->fits(name);
      if (fits && *fits) {
        ctx().found(*each->line);
        return true;
      }
      if (!fits && fits.error().code != Errc::config) return fits;
      if (!fits) log(Level::error, fits.error().what);
      each = fits ? each + 1 : bad.erase(each);
    }
    return false;
  }

  Policy policy_ = Policy::lenient;
  milliseconds timeout_{};
  std::optional<std::vector<BadName>> bad_names_;
};

SMTPD_PLUGIN(Helo, "helo", connect, ehlo_parse, helo_parse, ehlo, helo, data_post, check)

}  // namespace smtpd
