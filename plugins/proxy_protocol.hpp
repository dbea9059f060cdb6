#pragma once
/// What proxy_protocol and stunnel tell of the proxy in front of this server.
#include "lib/plugin/notes.hpp"

namespace smtpd::note {

/// All of the connection. Whose word the client's address is.
inline constexpr NoteKey<std::string> proxy_ip{"proxy_ip"};
/// For whom the client asked the proxy (SNI).
inline constexpr NoteKey<std::string> proxy_server_name{"proxy_server_name"};
/// Of the client's TLS, which ends at the proxy.
inline constexpr NoteKey<std::string> proxy_tls_protocol{"proxy_tls_protocol"};
inline constexpr NoteKey<std::string> proxy_tls_cipher{"proxy_tls_cipher"};
/// Of the client's certificate; verify is 0 if it is valid.
inline constexpr NoteKey<std::string> proxy_tls_common_name{"proxy_tls_common_name"};
inline constexpr NoteKey<std::int64_t> proxy_tls_verify{"proxy_tls_verify"};

}  // namespace smtpd::note
