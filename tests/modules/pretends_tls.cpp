/// Says that TLS is on from the beginning, for what depends on it.
#include "lib/plugin/plugin.hpp"

using namespace smtpd;

namespace {

class PretendsTls final : public Plugin {
 public:
  using Plugin::Plugin;

  Result on_connect(Connection& conn) {
    conn.tls = Tls{.protocol = "TLSv1.3", .cipher = "TLS_AES_256_GCM_SHA384"};
    return declined();
  }
};

}  // namespace

SMTPD_PLUGIN(PretendsTls, "pretends_tls", connect)
