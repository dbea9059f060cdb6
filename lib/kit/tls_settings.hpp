#pragma once
/// How the plugin tls is configured: its arguments, the certificates of each name, versions and
/// ciphers, the certificates of clients.
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/crypto/tls.hpp"
#include "lib/plugin/plugin.hpp"

namespace smtpd {

namespace note {
/// C tls, at --check -> --tlsa: what TLSA records say of its certificates, `3 1 1 DIGEST`.
inline constexpr NoteKey<std::vector<std::string>> tlsa{"tlsa"};
}  // namespace note

/// The words behind the plugin's name.
struct TlsArguments {
  std::string certificate = "ssl/qpsmtpd-server.crt";
  std::string key = "ssl/qpsmtpd-server.key";
  std::string authorities = {};  ///< empty: none
  ClientCertificate client_certificate = ClientCertificate::none;
  std::optional<bool> implicit = {};  ///< none: on port 465
  bool tickets = false;
  milliseconds patience = seconds(60);  ///< with a handshake
};
/// Throws ConfigError.
TlsArguments read_tls_arguments(Arguments& args);

/// A line of config tls_certificates, or the arguments.
struct NamedIdentity {
  std::string name;  ///< lower case; `*.DOMAIN` for what is directly below it; `*` for all others
  TlsIdentity files;
  std::string where;  ///< FILE:LINE
};

/// A line of config tls_client_certs.
struct ListedClient {
  std::string fingerprint;  ///< lower-case hexadecimal
  std::string user;         ///< whom AUTH EXTERNAL takes it for; empty: nobody
};

class TlsSettings {
 public:
  TlsSettings(PluginContext& ctx, TlsArguments arguments)
      : ctx_(ctx), arguments_(std::move(arguments)) {}

  const TlsArguments& arguments() const { return arguments_; }
  /// Every certificate. Errors: config, io.
  std::expected<std::vector<NamedIdentity>, Error> identities();
  /// All that the cryptography needs, but no ticket keys. Errors: config, io.
  std::expected<TlsServer, Error> server();
  /// How far clients can be served with the certificates for all names.
  struct Outlook {
    std::string why_not = {};  ///< nobody can be; empty if it seems that they can
    bool is_doubtful = false;  ///< the library may refuse a key
  };
  /// Needs no cryptography.
  Outlook outlook();
  /// What config tls_client_certs says of this client's certificate or key; none if nothing.
  /// Errors: config, io.
  std::expected<std::optional<ListedClient>, Error> find_client(const Tls& tls);
  /// For on_check: reports every problem.
  void check();

 private:
  std::expected<NamedIdentity, Error> parse(const ConfigLine& line) const;
  std::string path_of(const std::string& name) const;
  std::expected<void, Error> read_versions(TlsServer& server);
  std::expected<void, Error> read_ciphers(TlsServer& server);
  void check_certificate(const NamedIdentity& identity);
  void check_names(const NamedIdentity& identity, const CertificateFacts& facts);
  void check_use(const NamedIdentity& identity, const CertificateFacts& facts);

  PluginContext& ctx_;
  TlsArguments arguments_;
};

/// Those of `all` that fit a name that a client asks for, best first: the name itself, else
/// `*.DOMAIN`, else none.
std::vector<TlsIdentity> identities_for(const std::vector<NamedIdentity>& all,
                                        std::string_view name);
/// True if a certificate with that DNS name is good for the host (RFC 6125 6.4.3): a `*` stands for
/// the first label. The case does not count.
bool covers(std::string_view dns_name, std::string_view host);
/// Lower-case hexadecimal without colons; none if it is no SHA-256.
std::optional<std::string> to_fingerprint(std::string_view text);

}  // namespace smtpd
