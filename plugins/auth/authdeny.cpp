#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// Knows nobody, and says so in the log. See doc/plugins/auth/authdeny.md.
class AuthDeny final : public Plugin {
 public:
  using Plugin::Plugin;

  Result on_auth(Connection&, const AuthAttempt& attempt) {
    return declined(attempt.user + " is not free to abuse my relay");
  }
};

SMTPD_PLUGIN(AuthDeny, "auth/authdeny", auth)

}  // namespace smtpd
