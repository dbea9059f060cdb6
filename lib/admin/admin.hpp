#pragma once
/// What `smtpd` does for its administrator instead of a session: a module of its own, which no
/// session loads (see lib/server/options.hpp).
#include "lib/base/export.hpp"
#include "lib/server/options.hpp"

namespace smtpd {

/// `--check`: loads everything, and a line for each problem and each remark. Exit code 1 if there
/// was a problem.
Printout check(const Options& options, Services& services);
/// `--check-zones`: a line for each zone of dnsbl_zones, rhsbl_zones, uribl_zones and
/// whitelist_zones: what its test points say. Exit code 1 if one is dead, refuses or lists
/// everything, or a line is wrong.
Printout check_zones(const Options& options, Services& services);
/// `--simulate`: a whole session with the client that the options describe, and what each reply
/// rests on; nothing changes (Rehearsal). Exit code 0 if it accepts, 1 if it refuses for good, 75
/// for now (EX_TEMPFAIL), 2 if the message cannot be read, 111 if the configuration is wrong.
Printout simulate(const Options& options, const SimulatedClient& client, Services& services);
/// `--route-of`: where mail to this recipient would go, by which lines; the same codes.
Printout route_of(const Options& options, const std::string& address, Services& services);
/// `--list-plugins`: every plugin that can be named, with a sentence, where it is from, its hooks.
Printout list_plugins(const Options& options, Services& services);
/// `--explain`: the page of a plugin. Exit code 1 if there is none.
Printout explain(const Options& options, Services& services, std::string_view plugin);
/// `--show-config`: the keys of the core with the values that count, as text.
Printout show_config(const Options& options, Services& services);
/// The same as one JSON object (RFC 8259).
Printout show_config_json(const Options& options, Services& services);
/// `--tlsa`: a TLSA record for each certificate of the plugin tls. Exit code 1 if there is none or
/// a problem, 2 if `host` is no `HOST` or `HOST:PORT`.
Printout tlsa(const Options& options, Services& services, std::string_view host);
/// `--show-hooks`: the plugins of each hook in their order.
Printout show_hooks(const Options& options, Services& services);
/// `--version`: the release, the libraries in the binary and, for each module, whether it can be
/// loaded and the library that it brings.
Printout tell_version();
/// `--hash-password`: the first line of standard input as flat_auth_pw may keep it, in the form
/// crypt, scram-sha-256 or scram-sha-1.
Printout hash_password(Services& services, std::string_view form);

}  // namespace smtpd

/// What the binary looks for in the module.
extern "C" SMTPD_API smtpd::Printout smtpd_administer(const smtpd::CommandLineResult& asked,
                                                      smtpd::Services& services) noexcept;
