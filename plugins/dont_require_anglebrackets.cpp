#include <string>

#include "lib/plugin/checker.hpp"

namespace smtpd {

/// Accepts addresses without their angle brackets. See doc/plugins/dont_require_anglebrackets.md.
class DontRequireAnglebrackets final : public Plugin {
 public:
  using Plugin::Plugin;

  Rewrite on_mail_pre(Transaction&, std::string_view path, Parameters&) { return bracketed(path); }
  Rewrite on_rcpt_pre(Transaction&, std::string_view path, Parameters&) { return bracketed(path); }

 private:
  Rewrite bracketed(std::string_view path) const {
    if (path.starts_with('<')) return std::nullopt;
    log(Level::info, "info, no angle brackets");
    adjust_karma(ctx(), -2);
    return '<' + std::string(path) + '>';
  }
};

SMTPD_PLUGIN(DontRequireAnglebrackets, "dont_require_anglebrackets", rcpt_pre, mail_pre)

}  // namespace smtpd
