#pragma once
/// The lists of addresses, domains and clients that plugins share: a key of the configuration, read
/// and parsed when it is first asked.
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/kit/list_rules.hpp"
#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// The line that fits.
struct ListHit {
  std::string entry;  ///< its first word
  std::string text;   ///< what stands behind the entry, or behind the result; may be empty
  std::string where;  ///< `FILE:LINE`, or a map's file
  Result result;      ///< with ListForm::Behind::result: what the line says, text included
};

/// A hit, or none. Errors: io, permission (a file or a map that is there and cannot be read), limit
/// (a pattern was given up), config (the line that fits has no valid result). There is no decision
/// then: see undecided().
using ListAnswer = std::expected<std::optional<ListHit>, Error>;

/// The answer for a client about whom a list could not be asked: DENYSOFT, and a line in the log.
SMTPD_API Result undecided(PluginContext& ctx, const Error& error);

/// `RESULT [TEXT]`: DENY, DENYSOFT, OK, DECLINED, DENY_DISCONNECT or DENYSOFT_DISCONNECT, in any
/// case. Errors: config, with the nearest of these words.
SMTPD_API std::expected<Result, Error> to_result(std::string_view text);

/// A list: the lines of a key, then its maps (KEY.cdb, KEY.lmdb). The first that fits counts. A
/// line that cannot be understood is logged once, at ERROR with its file and line, and fits
/// nothing.
template <class Rules>
class SMTPD_API BasicList {
 public:
  using Subject = Rules::Subject;
  BasicList(PluginContext& ctx, std::string key, const ListForm& form = {})
      : ctx_(ctx), key_(std::move(key)), form_(form) {}

  ListAnswer find(const Subject& subject);
  /// The same in the list of one address (PluginContext::find_config_for); the maps belong to the
  /// site's.
  ListAnswer find_for(const Address& user, const Subject& subject);
  /// The same without the lines.
  ListAnswer find_in_map(const Subject& subject);
  /// False if a line that could not be understood has been left out so far.
  bool complete() const { return complete_; }
  /// For on_check: reports everything that is wrong with the list, patterns too.
  void check();
  /// The same, also for the lists of single addresses and domains: where find_for is asked.
  void check_with_users();
  /// The same for the maps alone.
  void check_map();

 private:
  using Lines = std::vector<ConfigLine>;
  /// The rules of these lines, which the configuration keeps.
  Rules& rules_of(const Lines& lines);
  ListAnswer find_in(Rules& rules, const Subject& subject);
  void check_lines(const std::expected<const Lines*, Error>& lines);
  void check_results(Rules& rules, const Lines& lines) const;
  void log_problems(Rules& rules);

  PluginContext& ctx_;
  std::string key_;
  ListForm form_;
  std::map<const Lines*, Rules> rules_;
  bool complete_ = true;
};

using AddressList = BasicList<AddressRules>;
using DomainList = BasicList<DomainRules>;
using ClientList = BasicList<ClientRules>;
using PairList = BasicList<PairRules>;

extern template class BasicList<AddressRules>;
extern template class BasicList<DomainRules>;
extern template class BasicList<ClientRules>;
extern template class BasicList<PairRules>;

/// Errors: io, permission (the table cannot be read), config: one that is empty or missing has lost
/// those who were in it, and nobody is refused because of that.
SMTPD_API std::expected<void, Error> needs_table(PluginContext& ctx, const std::string& file);

/// What a table says about a recipient: about the whole address, else about the one without its
/// detail (config recipient_delimiter), else about all of its host. `find` asks the table. Errors:
/// those of `find`, and of PluginContext::without_detail.
SMTPD_API ListAnswer find_recipient(PluginContext& ctx, const Address& rcpt,
                                    const std::function<ListAnswer(const Address&)>& find);
/// True if the table has the recipient by name, and not only all of his host.
inline bool is_by_name(const ListHit& hit) { return !hit.entry.starts_with('@'); }

}  // namespace smtpd
