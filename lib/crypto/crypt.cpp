#include "lib/crypto/crypt.hpp"

#include <algorithm>
#include <string_view>

#include "lib/base/module.hpp"
#include "lib/base/text.hpp"
#include "lib/crypto/crypto.hpp"

namespace smtpd {

std::expected<bool, Error> is_hash_of(const std::string& hash, const std::string& password) {
  const auto crypt = SMTPD_MODULE_FUNCTION("smtpd-crypt", smtpd_crypt);
  if (!crypt) return std::unexpected(crypt.error());
  const std::string made = hash.empty() ? std::string() : (*crypt)(password, hash);
  if (made.empty()) return std::unexpected(Error{Errc::config, "that is no hash of a password"});
  return equal_in_constant_time(made, hash);
}

namespace {

/// `$y$` and the like, as crypt(5) has it; nothing for the methods without a name.
std::string_view method_of(std::string_view hash) {
  if (!hash.starts_with('$')) return hash.substr(0, hash.starts_with('_') ? 1 : 0);
  const auto end = hash.find('$', 1);
  return end == hash.npos ? hash : hash.substr(0, end + 1);
}

std::string_view last_part(std::string_view hash) { return hash.substr(hash.rfind('$') + 1); }

bool is_letter_of_hashes(char c) { return is_alnum(c) || c == '.' || c == '/'; }

}  // namespace

std::expected<void, Error> HashJudge::judge(const std::string& hash) {
  const std::string_view method = method_of(hash), last = last_part(hash);
  const auto none =
      std::unexpected(Error{Errc::config, "that is no hash of a password, or not all of it"});
  auto known = lengths_.find(method);
  if (known == lengths_.end()) {
    const auto crypt = SMTPD_MODULE_FUNCTION("smtpd-crypt", smtpd_crypt);
    if (!crypt) return std::unexpected(crypt.error());
    const std::string made = hash.empty() ? std::string() : (*crypt)("password", hash);
    if (made.empty()) return none;
    known = lengths_.emplace(method, last_part(made).size()).first;
  }
  if (last.size() != known->second || !std::ranges::all_of(last, is_letter_of_hashes)) return none;
  return {};
}

std::expected<std::string, Error> hash_password(const std::string& password) {
  const auto crypt = SMTPD_MODULE_FUNCTION("smtpd-crypt", smtpd_crypt);
  if (!crypt) return std::unexpected(crypt.error());
  std::string made = (*crypt)(password, {});
  if (made.empty()) return std::unexpected(Error{Errc::io, "libcrypt makes no hash"});
  return made;
}

}  // namespace smtpd
