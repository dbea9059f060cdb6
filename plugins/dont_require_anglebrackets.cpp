#include <string>

#include "lib/plugin/checker.hpp"

namespace smtpd {

/// Accepts addresses without their angle brackets. See doc/plugins/dont_require_anglebrackets.md.
class DontRequireAnglebrackets final : public PluginWith<Hook::rcpt_pre, Hook::mail_pre> {
 public:
  using PluginWith::PluginWith;

  Rewrite on_mail_pre(Transaction&, std::string_view path, Parameters&) override {
    return bracketed(path);
  }
  Rewrite on_rcpt_pre(Transaction&, std::string_view path, Parameters&) override {
    return bracketed(path);
  }

 private:
  Rewrite bracketed(std::string_view path) const {
    if (path.starts_with('<')) return std::nullopt;
    log(Level::info, "info, no angle brackets");
    adjust_karma(ctx(), -2);
    return '<' + std::string(path) + '>';
  }
};

SMTPD_PLUGIN(DontRequireAnglebrackets, "dont_require_anglebrackets")

}  // namespace smtpd
