/// A module for the version before this one of the plugin interface.
#define SMTPD_PLUGIN_ABI 5
#include "lib/plugin/plugin.hpp"

using namespace smtpd;

namespace {

struct Abi5 final : Plugin {
  using Plugin::Plugin;
};

}  // namespace

SMTPD_PLUGIN(Abi5, "abi_5")
