#pragma once
/// The lines of a list as rules: which line fits an address, a domain or a client. Plugins use them
/// through lib/kit/lists.hpp.
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/base/network.hpp"
#include "lib/base/pattern.hpp"
#include "lib/mail/address.hpp"
#include "lib/services/config.hpp"

namespace smtpd {

/// What the lines of a list look like: `ENTRY [TEXT]` or `ENTRY RESULT [TEXT]`.
struct ListForm {
  /// Which entries are patterns: none; `/.../` alone; also those with one of `/ ^ $ * + ! % ? \`.
  enum class Patterns { none, in_slashes, by_sign };
  /// How an entry says that it means all addresses of a host: `@host`, or `host` as well.
  enum class Hosts { with_at, with_or_without_at };
  enum class Behind { text, result };
  /// Whether a list of domains may have U-labels, which whoever asks it compares by itself.
  enum class Labels { ascii, any };
  /// Whether the prefix of a client's address may lack its final dot: `192.0.2`.
  enum class Prefixes { with_dot, with_or_without_dot };
  Patterns patterns = Patterns::by_sign;
  Hosts hosts = Hosts::with_at;
  Behind behind = Behind::text;
  Labels labels = Labels::ascii;
  Prefixes prefixes = Prefixes::with_dot;
};

/// A line's first word and what follows it; views into the line.
struct ListLine {
  std::string_view entry, behind;
};
SMTPD_API ListLine split_list_line(std::string_view text);

/// Lines that could not be understood, each with its place.
class SMTPD_API ListProblems {
 public:
  void add(const ConfigLine& line, std::string_view what);
  /// Those that were added since the last call.
  std::vector<std::string> take();
  bool any() const { return any_; }

 private:
  std::vector<std::string> fresh_;
  bool any_ = false;
};

/// `user@host`, `@host`, patterns, and `postmaster`, which is the recipient without a host. Case
/// does not count anywhere.
class SMTPD_API AddressRules {
 public:
  using Subject = Address;
  /// The lines outlive the rules. A line that is malformed is a problem and fits nothing.
  AddressRules(std::span<const ConfigLine> lines, const ListForm& form);
  /// The first line that fits, or null. Errors: limit (a pattern was given up).
  std::expected<const ConfigLine*, Error> find(const Address& address);
  /// Under which names an address may stand in a map: the plain entries that fit it, in lower case.
  static std::vector<std::string> names(const Address& address, const ListForm& form);
  /// Compiles every pattern, for its problems; otherwise they are found at the first match.
  void compile();
  ListProblems& problems() { return problems_; }

 private:
  enum class Kind : std::uint8_t { address, host, pattern };
  struct Rule {
    const ConfigLine* line = nullptr;
    std::string_view text;  // what the address or its host is compared with
    std::uint32_t pattern = 0;
    Kind kind = Kind::address;
  };
  void add(const ConfigLine& line, const ListForm& form);
  void add_pattern(const ConfigLine& line, std::string_view entry, std::string_view pattern);
  std::expected<bool, Error> fits(const Rule& rule, const Address& address, std::string_view plain);

  std::vector<Rule> rules_;
  std::vector<Pattern> patterns_;
  std::vector<bool> bad_;  // patterns that turned out to be malformed
  ListProblems problems_;
};

/// `host`, and `.suffix` for every host below it (qmail's rcpthosts).
class SMTPD_API DomainRules {
 public:
  using Subject = std::string;
  DomainRules(std::span<const ConfigLine> lines, const ListForm& form);
  std::expected<const ConfigLine*, Error> find(std::string_view host) const;
  static std::vector<std::string> names(std::string_view host, const ListForm& form);
  void compile() {}
  ListProblems& problems() { return problems_; }

 private:
  struct Rule {
    const ConfigLine* line = nullptr;
    std::string_view entry;
  };
  std::vector<Rule> rules_;
  ListProblems problems_;
};

/// A sender and a recipient.
struct AddressPair {
  Address from, to;
};

/// `FROM TO`, each `user@host` or `@host`.
class SMTPD_API PairRules {
 public:
  using Subject = AddressPair;
  PairRules(std::span<const ConfigLine> lines, const ListForm& form);
  std::expected<const ConfigLine*, Error> find(const AddressPair& pair) const;
  /// None: a map holds no pairs.
  static std::vector<std::string> names(const AddressPair&, const ListForm&) { return {}; }
  void compile() {}
  ListProblems& problems() { return problems_; }

 private:
  struct Rule {
    const ConfigLine* line = nullptr;
    std::string_view from, to;
  };
  std::vector<Rule> rules_;
  ListProblems problems_;
};

/// Addresses, networks and prefixes of clients (see Network).
class SMTPD_API ClientRules {
 public:
  using Subject = IpAddress;
  ClientRules(std::span<const ConfigLine> lines, const ListForm& form);
  std::expected<const ConfigLine*, Error> find(const IpAddress& client) const;
  /// The address and its prefixes; a map cannot be searched for networks.
  static std::vector<std::string> names(const IpAddress& client, const ListForm& form);
  void compile() {}
  ListProblems& problems() { return problems_; }

 private:
  struct Rule {
    const ConfigLine* line = nullptr;
    Network network;
  };
  std::vector<Rule> rules_;
  ListProblems problems_;
};

}  // namespace smtpd
