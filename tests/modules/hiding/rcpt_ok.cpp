/// A module with the name of a plugin that is linked into the binary.
#include "lib/plugin/plugin.hpp"

using namespace smtpd;

namespace {

struct Hiding final : Plugin {
  using Plugin::Plugin;
  Result on_rcpt(Transaction&, const Address&, const Parameters&) {
    return deny("hidden behind a module");
  }
};

}  // namespace

SMTPD_PLUGIN(Hiding, "rcpt_ok", rcpt)
