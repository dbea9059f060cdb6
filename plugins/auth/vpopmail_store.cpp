#include "plugins/auth/vpopmail_store.hpp"

#include "lib/base/text.hpp"

namespace smtpd {

VpopmailStore::VpopmailStore(PluginContext& ctx) : StoredPasswords(ctx) {
  if (ctx.args.flag("clear_passwords", false)) return;
  ctx.skip(Hook::credentials);
  ctx.skip(Hook::auth_mechanisms);
}

Lines VpopmailStore::on_auth_mechanisms(Connection&) {
  return mechanisms_for({.credentials = {.password = std::string()}});
}

FoundPassword VpopmailStore::find(std::string_view user) {
  const auto at = user.rfind('@');
  if (at == user.npos || at == 0 || at + 1 == user.size()) return std::nullopt;
  return find_mailbox(lower(user.substr(0, at)), lower(user.substr(at + 1)));
}

}  // namespace smtpd
