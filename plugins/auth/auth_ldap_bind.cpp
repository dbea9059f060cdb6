#include <fcntl.h>
#include <ldap.h>
#include <openldap.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "lib/base/text.hpp"
#include "lib/kit/password_store.hpp"
#include "lib/kit/secrets.hpp"
#include "lib/kit/server_address.hpp"
#include "plugins/auth/ldap_text.hpp"
#include "plugins/auth/quiet_pipes.hpp"

namespace smtpd {
namespace {

constexpr std::string_view file_key = "ldap";
constexpr std::array<std::string_view, 10> keys{
    "ldap_host", "ldap_port", "ldap_timeout", "ldap_base",    "ldap_auth_filter_attr",
    "ldap_dn",   "ldap_tls",  "ldap_ca",      "ldap_bind_dn", "ldap_bind_password"};
constexpr std::array<std::string_view, 3> tls_words{"no", "starttls", "ldaps"};

struct Unbind {
  void operator()(LDAP* ld) const noexcept { ::ldap_unbind_ext_s(ld, nullptr, nullptr); }
};
struct LdapFree {
  void operator()(LDAPMessage* found) const noexcept { ::ldap_msgfree(found); }
  void operator()(char* text) const noexcept { ::ldap_memfree(text); }
};
using Directory = std::unique_ptr<LDAP, Unbind>;

/// What the arguments and the file say.
struct Settings {
  std::string host = "127.0.0.1", base, attribute = "uid", dn, tls;
  std::string authorities = "/etc/ssl/certs/ca-certificates.crt";
  std::string own_dn, own_password;
  std::uint64_t port = 0;     // 0: that of the protocol
  std::uint64_t timeout = 5;  // seconds

  bool is_local() const {
    return host.starts_with('/') || host == "localhost" || host == "::1" ||
           host.starts_with("127.");
  }
  /// Passwords cross a network inside TLS unless somebody says otherwise.
  std::string_view encryption() const {
    if (!tls.empty()) return tls;
    return is_local() ? "no" : "starttls";
  }
  std::expected<ServerAddress, Error> server() const {
    constexpr std::int64_t ldap = 389, ldaps = 636;
    const std::int64_t usual = encryption() == "ldaps" ? ldaps : ldap;
    return ServerAddress::at(host, port > 0 ? static_cast<std::int64_t>(port) : usual);
  }
  /// The certificate has to have the host's name as it stands here.
  std::string uri() const {
    if (host.starts_with('/')) return "ldapi://" + ldapi_host(host);
    const std::string name = host.find(':') == host.npos ? host : '[' + host + ']';
    const auto where = server();
    return (encryption() == "ldaps" ? "ldaps://" : "ldap://") + name + ':' +
           std::to_string(where ? where->port() : 0);
  }
};

bool is_attribute(std::string_view text) {  // RFC 4512 1.4, without options
  return !text.empty() && !is_digit(text.front()) && text.front() != '-' &&
         std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-'; });
}

/// What is wrong with the value, or nothing.
std::string set_number(std::uint64_t& into, std::string_view text, std::uint64_t most) {
  const auto value = to_number(text);
  if (!value || *value < 1 || *value > most)
    return "is a number from 1 to " + std::to_string(most) + ", not '" + printable(text) + '\'';
  into = *value;
  return {};
}

/// Takes a value in; what is wrong with it, or nothing.
std::string set(Settings& settings, std::string_view key, std::string_view value) {
  const auto text = [&](std::string Settings::* member) {
    settings.*member = value;
    return value.empty() ? std::string("has no value") : std::string();
  };
  if (key == "ldap_port") return set_number(settings.port, value, 65535);
  if (key == "ldap_timeout") return set_number(settings.timeout, value, 60);
  if (key == "ldap_base") return text(&Settings::base);
  if (key == "ldap_dn") return text(&Settings::dn);
  if (key == "ldap_bind_dn") return text(&Settings::own_dn);
  if (key == "ldap_bind_password") return text(&Settings::own_password);
  if (key == "ldap_host") {
    settings.host = value;
    return ServerAddress::at(value, 1)
               ? ""
               : "is a host, an address or a socket's path, not '" + printable(value) + '\'';
  }
  if (key == "ldap_auth_filter_attr") {
    settings.attribute = value;
    return is_attribute(value) ? ""
                               : "is the name of an attribute, not '" + printable(value) + '\'';
  }
  if (key == "ldap_ca") {
    settings.authorities = value;
    return value.starts_with('/') ? "" : "is an absolute path, not '" + printable(value) + '\'';
  }
  settings.tls = value;
  if (std::ranges::find(tls_words, value) != tls_words.end()) return {};
  return "is no, starttls or ldaps, not '" + printable(value) + '\'';
}

std::string complaint_about(const Settings& settings) {
  if (settings.base.empty() && settings.dn.empty())
    return "there is neither ldap_base, to search below, nor ldap_dn, the pattern of names";
  if (settings.own_dn.empty() != settings.own_password.empty())
    return "it needs both ldap_bind_dn and ldap_bind_password, or neither";
  if (settings.host.starts_with('/') && settings.encryption() == "ldaps")
    return "ldaps is not spoken over a socket of this machine";
  return {};
}

/// One connection to the directory, which ends at the deadline.
class LdapSession {
 public:
  LdapSession(const Settings& settings, PluginContext& ctx)
      : settings_(settings),
        ctx_(ctx),
        deadline_(ctx.clock().after(std::chrono::seconds(settings.timeout))) {}

  PasswordCheck judge(const LdapName& name, const std::string& password) {
    if (auto connected = connect(); !connected) return std::unexpected(connected.error());
    if (const int code = begin(); code != LDAP_SUCCESS) return trouble("connect", code);
    std::string dn = ldap_dn(settings_.dn, name);
    if (settings_.dn.empty()) {
      auto found = search(name);
      if (!found) return std::unexpected(std::move(found.error()));
      if (!*found) return PasswordOutcome::unknown("no such user");
      dn = **std::move(found);
    }
    const int code = bind(dn, password);
    switch (code) {
      case LDAP_SUCCESS: return PasswordOutcome::accepted();
      case LDAP_INVALID_CREDENTIALS:
      case LDAP_INAPPROPRIATE_AUTH:  // it has no password
      case LDAP_NO_SUCH_OBJECT:
      case LDAP_UNWILLING_TO_PERFORM:  // it is locked
        return PasswordOutcome::unknown("wrong user or password");
      default: return trouble("bind", code);
    }
  }

 private:
  std::unexpected<Error> trouble(std::string_view what, int code) {
    std::string text = settings_.uri() + ": " + std::string(what) + ": " + ::ldap_err2string(code);
    char* more = nullptr;
    if (::ldap_get_option(ld_.get(), LDAP_OPT_DIAGNOSTIC_MESSAGE, static_cast<void*>(&more)) ==
            LDAP_SUCCESS &&
        more) {
      const std::unique_ptr<char, LdapFree> owner(more);
      if (*more) text.append(", ").append(printable(more));
    }
    return std::unexpected(Error{Errc::io, std::move(text)});
  }

  /// What is left of the time, for one step; false if nothing is.
  bool allot() {
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(deadline_.when() -
                                                                            ctx_.clock().now());
    if (left.count() <= 0) return false;
    time_.tv_sec = left.count() / 1'000'000;
    time_.tv_usec = left.count() % 1'000'000;
    ::ldap_set_option(ld_.get(), LDAP_OPT_NETWORK_TIMEOUT, &time_);
    ::ldap_set_option(ld_.get(), LDAP_OPT_TIMEOUT, &time_);
    return true;
  }

  /// Over a connection of our own: the library would ask the system for a name's address, and wait
  /// for that as long as the system likes.
  std::expected<void, Error> connect() {
    // It would read ldap.conf, files of the user's and the environment.
    ::setenv("LDAPNOINIT", "1", 1);
    const std::string uri = settings_.uri();
    LDAP* made = nullptr;
    int code = LDAP_SUCCESS;
    if (settings_.host.starts_with('/')) {
      code = ::ldap_initialize(&made, uri.c_str());
    } else {
      const auto socket = connected_socket();
      if (!socket) return std::unexpected(socket.error());
      // The library closes its own.
      const int own = ::fcntl(socket->get(), F_DUPFD_CLOEXEC, 0);
      if (own < 0) return std::unexpected(Error{Errc::io, "no descriptor is left"});
      code = ::ldap_init_fd(own, LDAP_PROTO_TCP, uri.c_str(), &made);
      if (code != LDAP_SUCCESS) ::close(own);
    }
    ld_.reset(made);
    if (code != LDAP_SUCCESS) return trouble("connect", code);
    return {};
  }

  /// To the first address that can be reached. Errors: those of ServerAddress and io::connect_to.
  std::expected<UniqueFd, Error> connected_socket() {
    const auto server = settings_.server();
    if (!server) return std::unexpected(server.error());
    const auto endpoints = server->endpoints(ctx_, deadline_);
    if (!endpoints) return std::unexpected(endpoints.error());
    const Clock& clock = ctx_.clock();
    Error last;
    for (std::size_t left = endpoints->size(); left > 0; --left) {
      auto fd = io::connect_to((*endpoints)[endpoints->size() - left],
                               io::share_of(deadline_, left, clock), clock);
      if (fd) {
        ::fcntl(fd->get(), F_SETFL, 0);  // the library waits in poll(2) with its own time-outs
        return fd;
      }
      last = std::move(fd.error());
    }
    return std::unexpected(std::move(last));
  }

  int begin() {
    LDAP* const made = ld_.get();
    const int version = LDAP_VERSION3;
    ::ldap_set_option(made, LDAP_OPT_PROTOCOL_VERSION, &version);
    ::ldap_set_option(made, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    ::ldap_set_option(made, LDAP_OPT_RESTART, LDAP_OPT_ON);
    if (settings_.encryption() == "no") return LDAP_SUCCESS;
    const int demand = LDAP_OPT_X_TLS_DEMAND, own_context = 0;
    ::ldap_set_option(made, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
    ::ldap_set_option(made, LDAP_OPT_X_TLS_CACERTFILE, settings_.authorities.c_str());
    if (::ldap_set_option(made, LDAP_OPT_X_TLS_NEWCTX, &own_context) != LDAP_SUCCESS)
      return LDAP_CONNECT_ERROR;
    if (!allot()) return LDAP_TIMEOUT;
    return settings_.encryption() == "ldaps" ? ::ldap_install_tls(made)
                                             : ::ldap_start_tls_s(made, nullptr, nullptr);
  }

  int bind(const std::string& dn, const std::string& password) {
    // Without one of them nobody would be bound, with success (RFC 4513 5.1.1, 5.1.2).
    if (dn.empty() || password.empty()) return LDAP_INVALID_CREDENTIALS;
    if (!allot()) return LDAP_TIMEOUT;
    std::string copy = password;
    berval secret{.bv_len = copy.size(), .bv_val = copy.data()};
    const int code = ::ldap_sasl_bind_s(ld_.get(), dn.c_str(), LDAP_SASL_SIMPLE, &secret, nullptr,
                                        nullptr, nullptr);
    ::explicit_bzero(copy.data(), copy.size());
    return code;
  }

  /// The name of the one entry whose attribute is the user's; none if there is no such entry.
  std::expected<std::optional<std::string>, Error> search(const LdapName& name) {
    if (!settings_.own_dn.empty()) {
      if (const int code = bind(settings_.own_dn, settings_.own_password); code != LDAP_SUCCESS)
        return trouble("bind as ldap_bind_dn", code);
    }
    if (!allot()) return trouble("search", LDAP_TIMEOUT);
    const std::string filter = '(' + settings_.attribute + '=' + ldap_value(name.local) + ')';
    constexpr int most = 2;  // a second one is one too many
    std::string nothing = LDAP_NO_ATTRS;
    std::array<char*, 2> attributes{nothing.data(), nullptr};
    LDAPMessage* found = nullptr;
    const int code =
        ::ldap_search_ext_s(ld_.get(), settings_.base.c_str(), LDAP_SCOPE_SUBTREE, filter.c_str(),
                            attributes.data(), 0, nullptr, nullptr, &time_, most, &found);
    const std::unique_ptr<LDAPMessage, LdapFree> owner(found);
    if (code != LDAP_SUCCESS && code != LDAP_SIZELIMIT_EXCEEDED) return trouble("search", code);
    const int count = ::ldap_count_entries(ld_.get(), found);
    if (count == 0) return std::nullopt;
    if (count != 1) return std::unexpected(Error{Errc::io, "more than one entry has " + filter});
    const std::unique_ptr<char, LdapFree> dn(
        ::ldap_get_dn(ld_.get(), ::ldap_first_entry(ld_.get(), found)));
    if (!dn) return trouble("search", LDAP_DECODING_ERROR);
    return dn.get();
  }

  const Settings& settings_;
  PluginContext& ctx_;
  Deadline deadline_;
  timeval time_ = {};
  Directory ld_;
};

}  // namespace

/// Asks a directory by binding to it. See doc/plugins/auth/auth_ldap_bind.md.
class AuthLdapBind final : public PasswordStore {
 public:
  explicit AuthLdapBind(PluginContext& ctx) : PasswordStore(ctx) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto value = ctx.args.value(keys[i]);
      if (!value) continue;
      given_[i] = true;
      if (const std::string wrong = set(settings_, keys[i], *value); !wrong.empty())
        throw ConfigError("argument " + std::string(keys[i]) + ' ' + wrong);
    }
  }

  void on_check() {
    if (const auto ready = read(); !ready) return ctx().problem(ready.error().what);
    if (settings_.own_password.empty()) return;
    check_secrecy(ctx(), given_[password_at] ? "plugins" : file_key,
                  "the password of ldap_bind_dn");
  }

 private:
  /// The file's lines are KEY VALUE; arguments come before them. Errors: config, io.
  std::expected<void, Error> read() {
    if (is_read_) return {};
    const auto lines = ctx().find_config(file_key);
    if (!lines) return std::unexpected(lines.error());
    for (const ConfigLine& line : **lines) {
      const auto blank = std::min(line.text.find_first_of(" \t"), line.text.size());
      const std::string_view key = std::string_view(line.text).substr(0, blank);
      const auto at = std::ranges::find(keys, key);
      if (at == keys.end())
        return std::unexpected(bad_value({std::string(key), line.file, line.line}, file_key,
                                         "a list of lines KEY VALUE", keys));
      if (given_[static_cast<std::size_t>(at - keys.begin())]) continue;
      const std::string wrong =
          set(settings_, key, trim(std::string_view(line.text).substr(blank)));
      if (!wrong.empty())
        return std::unexpected(
            Error{Errc::config, line.where() + ": " + std::string(key) + ' ' + wrong});
    }
    if (std::string wrong = complaint_about(settings_); !wrong.empty())
      return std::unexpected(Error{Errc::config, std::move(wrong)});
    is_read_ = true;
    return {};
  }

  PasswordCheck check(const std::string& user, const std::string& password) override {
    if (const auto ready = read(); !ready) return std::unexpected(ready.error());
    const LdapName name = ldap_name(user);
    const bool lacks_domain = name.domain.empty() && settings_.dn.find("%d") != std::string::npos;
    if (name.local.empty() || lacks_domain) return PasswordOutcome::unknown("no such user");
    const QuietPipes quiet;
    return LdapSession(settings_, ctx()).judge(name, password);
  }

  static constexpr std::size_t password_at = keys.size() - 1;
  static_assert(keys[password_at] == "ldap_bind_password");

  Settings settings_;
  std::array<bool, keys.size()> given_{};  // as arguments
  bool is_read_ = false;
};

SMTPD_PLUGIN(AuthLdapBind, "auth/auth_ldap_bind", password, check)

}  // namespace smtpd
