#include "lib/plugin/plugin.hpp"

namespace smtpd {

Plugin::~Plugin() = default;

// What a plugin does not override says nothing: DECLINED, no value, no line. The parameters have
// their names for the reader only.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#define SMTPD_HOOK_DEFAULT(name, ret, params) \
  ret Plugin::on_##name params { return ret(); }
SMTPD_HOOKS(SMTPD_HOOK_DEFAULT)
#undef SMTPD_HOOK_DEFAULT
#pragma GCC diagnostic pop

}  // namespace smtpd
