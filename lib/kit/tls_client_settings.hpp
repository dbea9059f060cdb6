#pragma once
/// How a plugin speaks TLS to a server that it asks: its arguments `tls`, `tls_name` and `tls_ca`.
#include <initializer_list>
#include <string_view>

#include "lib/crypto/tls.hpp"
#include "lib/plugin/plugin.hpp"

namespace smtpd {

struct TlsClientSettings {
  std::string_view mode;  ///< the value of `tls`
  /// What the handshake asks for. It verifies with every mode but `no` and `may`; a name and
  /// authorities are there only if it does.
  TlsClient how = {};
};

/// Reads the three. `modes` are literals, the first is what an absent `tls` means. Throws
/// ConfigError: another mode, a mode that verifies without a `tls_name`, one that does not with it
/// or with `tls_ca`, a name that no certificate can have.
TlsClientSettings read_tls_client_settings(PluginContext& ctx,
                                           std::initializer_list<std::string_view> modes);

/// For on_check: reports a file of authorities that cannot be read.
void check_tls_client_settings(PluginContext& ctx, const TlsClientSettings& settings);

}  // namespace smtpd
