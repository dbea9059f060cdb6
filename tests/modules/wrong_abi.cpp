/// A module for another version of the plugin interface.
#define SMTPD_PLUGIN_ABI 999
#include "lib/plugin/plugin.hpp"

using namespace smtpd;

namespace {

struct WrongAbi final : Plugin {
  using Plugin::Plugin;
};

}  // namespace

SMTPD_PLUGIN(WrongAbi, "wrong_abi")
