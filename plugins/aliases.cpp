#include <algorithm>
#include <set>

#include "lib/base/text.hpp"
#include "lib/kit/local_domains.hpp"

namespace smtpd {
namespace {

constexpr std::string_view key = "aliases";
constexpr std::size_t most_levels = 10;
constexpr std::string_view most_recipients = "1000";  // the default of max_recipients

std::unexpected<Error> wrong(const ListHit& alias, const std::string& what) {
  return std::unexpected(Error{Errc::config, alias.where + ": " + what});
}

/// Tells aliases apart: the same entry may stand in the lists of several people.
std::string name_of(const ListHit& alias) { return alias.where + ' ' + lower(alias.entry); }

/// `<a@b>, <c@d>, <e@f> and 7 more`.
std::string text_of(const std::vector<Address>& addresses) {
  constexpr std::size_t most = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, addresses.size()); ++i)
    text.append(i == 0 ? "" : ", ").append(addresses[i].text());
  if (addresses.size() > most)
    text.append(" and ").append(std::to_string(addresses.size() - most)).append(" more");
  return text;
}

}  // namespace

/// Puts in the place of a recipient whom his address stands for. See doc/plugins/aliases.md.
class Aliases final : public Plugin {
 public:
  explicit Aliases(PluginContext& ctx)
      : Plugin(ctx),
        users_file_(ctx.args.text("users", "")),
        table_(ctx, std::string(key), {.patterns = ListForm::Patterns::none}),
        users_(ctx, users_file_, {.patterns = ListForm::Patterns::none}),
        ours_(ctx) {
    ctx.enforce();
  }

  Result on_rcpt(Transaction& txn, const Address& rcpt, const Parameters& parameters) {
    const auto ours = ours_.has(ours_.host_of(rcpt));
    if (!ours) return undecided(ctx(), ours.error());
    if (!*ours) return declined();
    const Address address = with_host(rcpt);
    const ListAnswer alias = alias_of(address);
    if (!alias) return undecided(ctx(), alias.error());
    if (!*alias) return declined();
    Expansion all;
    if (const auto expanded = expand(address, **alias, all); !expanded) {
      if (expanded.error().code != Errc::config) return undecided(ctx(), expanded.error());
      log(Level::error, "error, cannot expand " + rcpt.text() + ": " + expanded.error().what);
      return dsn::mbox_list_expansion_problem(rcpt.text() +
                                              " cannot be delivered at present, try again later");
    }
    log(Level::notice,
        "pass, " + rcpt.text() + " is " + text_of(all.targets) + " by " + (*alias)->where);
    return ctx().replace_recipient(txn, all.targets, parameters);
  }

  void on_check() {
    table_.check_with_users();
    if (!users_file_.empty()) {
      if (const auto usable = needs_table(ctx(), users_file_); !usable)
        ctx().problem(usable.error().what);
      users_.check();
    }
    std::vector<std::string> problems;  // one line may be wrong for several that lead to it
    check_lines(ctx().config(key), problems);
    for (const auto& lines : ctx().every_user_config(key))
      if (lines) check_lines(**lines, problems);
    for (const std::string& problem : problems) ctx().problem(problem);
  }

 private:
  struct Expansion {
    std::vector<Address> targets;      // in their order
    std::set<std::string> known;       // the same in lower case
    std::set<std::string> expanded;    // aliases
    std::vector<std::string> current;  // that lead to the one at hand
  };

  Address with_host(const Address& rcpt) const {
    if (!rcpt.host().empty()) return rcpt;
    return Address::parse("<" + rcpt.user() + '@' + lower(ctx().me()) + '>').value_or(rcpt);
  }

  /// The line for an address: by its name, for a postmaster, or for all of a domain whom nobody
  /// knows. Errors: those of ListAnswer; config (there is no table).
  ListAnswer alias_of(const Address& address) {
    if (const auto usable = has_table(address); !usable) return std::unexpected(usable.error());
    ListAnswer alias = find_recipient(
        ctx(), address, [&](const Address& each) { return table_.find_for(address, each); });
    if (!alias || (*alias && is_by_name(**alias))) return alias;
    if (equal_ignoring_case(address.user(), "postmaster")) {
      ListAnswer postmaster = table_.find(*Address::parse("<postmaster>"));
      if (!postmaster || *postmaster) return postmaster;
    }
    if (!*alias) return alias;
    if (users_file_.empty()) {
      log(Level::error, "error, " + (*alias)->where + " does not count: " + without_users);
      return std::nullopt;
    }
    const auto is_user = is_known(address);
    if (!is_user) return std::unexpected(is_user.error());
    if (*is_user) return std::nullopt;
    return alias;
  }

  /// Errors: config: a table that is empty or missing has lost those who were in it.
  std::expected<void, Error> has_table(const Address& address) {
    const auto own = ctx().find_config_for(address, key);
    if (!own) return std::unexpected(own.error());
    const bool is_site = own->source == PluginContext::AddressConfig::Source::site;
    return is_site ? needs_table(ctx(), std::string(key)) : std::expected<void, Error>();
  }

  /// True if the table of users has him. Errors: those of ListAnswer, needs_table.
  std::expected<bool, Error> is_known(const Address& address) {
    if (const auto usable = needs_table(ctx(), users_file_); !usable)
      return std::unexpected(usable.error());
    const ListAnswer user =
        find_recipient(ctx(), address, [this](const Address& each) { return users_.find(each); });
    if (!user) return std::unexpected(user.error());
    return *user && is_by_name(**user);
  }

  /// Whom `alias`, the line for `address`, stands for. Errors: config (the table has a mistake),
  /// and those of ListAnswer.
  std::expected<void, Error> expand(const Address& address, const ListHit& alias, Expansion& all) {
    if (all.current.size() == most_levels)
      return wrong(alias, "aliases lead to aliases more than ten times");
    all.current.push_back(name_of(alias));
    bool is_empty = true;
    for (const std::string_view part : split(alias.text, ',')) {
      for (const std::string_view word : words(part)) {
        is_empty = false;
        if (const auto added = add(address, alias, word, all); !added) return added;
      }
    }
    if (is_empty) return wrong(alias, "nobody stands behind the alias");
    all.expanded.insert(all.current.back());
    all.current.pop_back();
    return {};
  }

  /// Adds what a word of `alias` leads to.
  std::expected<void, Error> add(const Address& address, const ListHit& alias,
                                 std::string_view word, Expansion& all) {
    const auto target =
        Address::parse_utf8('<' + std::string(word) + '>', Address::Grammar::lenient);
    if (!target || target->host().empty()) return wrong(alias, printable(word) + " is no address");
    const auto ours = ours_.has(target->host());
    if (!ours) return std::unexpected(ours.error());
    if (!*ours) return wrong(alias, target->text() + " is not in our domains");
    const ListAnswer next = alias_of(*target);
    if (!next) return std::unexpected(next.error());
    if (!*next) return deliver(*target, alias, all);
    const std::string name = name_of(**next);
    if (name == all.current.back()) return deliver(with_detail_of(address, *target), alias, all);
    if (std::ranges::find(all.current, name) != all.current.end())
      return wrong(**next, "the alias leads to itself by way of " + alias.entry);
    return all.expanded.contains(name) ? std::expected<void, Error>()
                                       : expand(*target, **next, all);
  }

  /// `address` itself, if only its detail makes it another than the target.
  Address with_detail_of(const Address& address, const Address& target) {
    const auto owner = ctx().without_detail(address);
    return owner && *owner && equal_ignoring_case((*owner)->plain(), target.plain()) ? address
                                                                                     : target;
  }

  std::expected<void, Error> deliver(const Address& target, const ListHit& alias, Expansion& all) {
    if (!all.known.insert(lower(target.plain())).second) return {};
    const auto most =
        to_number(ctx().config_value("max_recipients").value_or(std::string(most_recipients)));
    if (all.targets.size() >= most.value_or(0))
      return wrong(alias, "more recipients than max_recipients lets through");
    all.targets.push_back(target);
    return {};
  }

  void check_lines(const std::vector<ConfigLine>& lines, std::vector<std::string>& problems) {
    for (const ConfigLine& line : lines) {
      const ListLine parts = split_list_line(line.text);
      const ListHit alias{.entry = std::string(parts.entry),
                          .text = std::string(parts.behind),
                          .where = line.where(),
                          .result = declined()};
      const std::string problem = problem_of(alias);
      if (!problem.empty() && std::ranges::find(problems, problem) == problems.end())
        problems.push_back(problem);
    }
  }

  /// What is wrong with a line; empty if nothing is.
  std::string problem_of(const ListHit& alias) {
    const bool is_host = alias.entry.starts_with('@');
    const auto address =
        Address::parse_utf8('<' + std::string(is_host ? "postmaster" : "") + alias.entry + '>',
                            Address::Grammar::lenient);
    if (!address && alias.entry.find('@') == alias.entry.npos) return {};  // the list has said it
    if (!address) return alias.where + ": that is no address: " + printable(alias.entry);
    if (is_host && users_file_.empty()) return alias.where + ": " + without_users;
    const auto ours = ours_.has(ours_.host_of(*address));
    if (ours && !*ours) return alias.where + ": " + alias.entry + " is not in our domains";
    Expansion all;
    if (const auto expanded = expand(with_host(*address), alias, all); !expanded)
      return expanded.error().what;
    for (const Address& target : all.targets) {
      const auto known = users_file_.empty() ? true : is_known(target);
      if (known && !*known)
        return alias.where + ": nobody is called " + target.text() + " in " + users_file_;
    }
    return {};
  }

  static constexpr const char* without_users =
      "an alias for all of a domain needs the argument users, else it takes the mail of those whom "
      "the domain has";

  std::string users_file_;  // empty: not known
  AddressList table_, users_;
  LocalDomains ours_;
};

SMTPD_PLUGIN(Aliases, "aliases", rcpt, check)

}  // namespace smtpd
