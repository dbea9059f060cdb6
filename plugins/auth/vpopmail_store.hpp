#pragma once
/// What the plugins that read vpopmail's users have in common.
#include "lib/kit/password_store.hpp"

namespace smtpd {

/// Knows mailboxes of domains. With the argument clear_passwords they have their passwords in
/// clear, for CRAM-MD5 and SCRAM too.
class VpopmailStore : public StoredPasswords {
 public:
  explicit VpopmailStore(PluginContext& ctx);
  Lines on_auth_mechanisms(Connection& conn);

 private:
  FoundPassword find(std::string_view user) final;
  /// None if there is no such mailbox. Both names are in lower case, and neither is empty.
  virtual FoundPassword find_mailbox(const std::string& name, const std::string& domain) = 0;
};

}  // namespace smtpd
