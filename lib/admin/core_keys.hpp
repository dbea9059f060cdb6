#pragma once
/// Every key of the core, in one table: what it is for, its default, and how a session judges it.
/// doc/configuration.md explains them to administrators.
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "lib/base/error.hpp"
#include "lib/services/config.hpp"

namespace smtpd {

struct CoreKey {
  enum class Kind {
    list,       ///< any lines
    text,       ///< one line, without control octets
    host,       ///< a domain or an address literal
    number,     ///< a limit, see lib/session/limits.cpp
    flag,       ///< 1 0 yes no true false on off
    word,       ///< `word` or not set
    level,      ///< of the log
    mode,       ///< octal
    delimiter,  ///< one octet of a few
    directory,  ///< a path
    resolver,   ///< any lines, see lib/services/dns_settings.cpp
    clients,    ///< `*`, `none`, addresses and networks
    unused,     ///< qpsmtpd's, without a use here; `about` says why
  };
  std::string_view name;
  Kind kind = Kind::text;
  std::string_view fallback;  ///< the value without a file; empty: none, or computed
  std::string_view about;     ///< one sentence
  std::string_view word = {};
};

std::span<const CoreKey> core_keys();
/// True if all lines of the key count.
inline bool is_list(const CoreKey& key) {
  using Kind = CoreKey::Kind;
  return key.kind == Kind::list || key.kind == Kind::clients || key.kind == Kind::resolver;
}

/// Judges the key's value as a session does. Errors: config, io; the sentence has file and line.
std::expected<void, Error> judge(Config& config, const CoreKey& key);

}  // namespace smtpd
