#include <algorithm>
#include <array>
#include <expected>
#include <optional>
#include <vector>

#include "lib/base/network.hpp"
#include "lib/base/pattern.hpp"
#include "lib/base/text.hpp"
#include "lib/kit/lists.hpp"
#include "lib/plugin/checker.hpp"

namespace smtpd {
namespace {

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
    ctx.args.ignored("timeout", "nothing is looked up in the DNS");
    set_default_verdict(Verdict::deny_disconnect);
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
  Result judge(const Connection& conn, std::string_view name) {
    if (immune(conn)) return declined();
    const auto listed = is_listed(name);
    if (!listed) return undecided(ctx(), listed.error());
    if (*listed) return refuse("I do not believe you are " + std::string(name) + '.', name);
    for (const Check& check : checks) {
      if (check.least > policy_) continue;
      const std::string_view problem = check.test(conn, name);
      if (!problem.empty()) return refuse(std::string(problem), name);
    }
    return passed(name);
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
      if (fits && *fits) return true;
      if (!fits && fits.error().code != Errc::config) return fits;
      if (!fits) log(Level::error, fits.error().what);
      each = fits ? each + 1 : bad.erase(each);
    }
    return false;
  }

  Policy policy_ = Policy::lenient;
  std::optional<std::vector<BadName>> bad_names_;
};

SMTPD_PLUGIN(Helo, "helo", ehlo, helo, data_post, check)

}  // namespace smtpd
