#pragma once
/// What each hook gets and gives, and the guard through which the host calls it. doc/hooks.md
/// explains them to plugin authors.
#include <exception>
#include <expected>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "lib/base/text.hpp"
#include "lib/plugin/connection.hpp"
#include "lib/plugin/hook.hpp"
#include "lib/plugin/transaction.hpp"
#include "lib/services/log.hpp"
#include "lib/smtp/path_command.hpp"
#include "lib/smtp/result.hpp"

namespace smtpd {

/// Lines of a configuration key, or capabilities.
using Lines = std::vector<std::string>;

/// The answer of a logging hook.
enum class Logged { next, logged };

/// A command line in its parts. Views live until the hook returns.
struct CommandLine {
  std::string_view verb;  ///< lower case; empty for an empty line
  std::string_view rest;  ///< what follows the verb, without the blanks between
  std::vector<std::string_view> words() const { return smtpd::words(rest); }
};

/// The argument of HELO and EHLO.
struct Hello {
  std::string host;
  std::vector<std::string> words;  ///< what followed the host; RFC 5321 has nothing there
};

/// AUTH's argument.
struct AuthCommand {
  std::string mechanism;               ///< lower case
  std::optional<std::string> initial;  ///< the initial response, still in base64
};

/// One attempt to authenticate (qpsmtpd's five arguments).
struct AuthAttempt {
  std::string mechanism;  ///< lower case
  std::string user;
  std::optional<std::string> password;  ///< in clear, from PLAIN and LOGIN
  std::optional<std::string> hash;      ///< the client's digest, from CRAM-MD5
  std::string ticket;                   ///< the challenge that the digest answers
};

/// A user and a password in clear, from PLAIN and LOGIN.
struct PasswordAttempt {
  std::string mechanism;  ///< lower case: plain, login
  std::string user;
  std::string password;
};

/// A token of OAuth 2 that a client authenticates with.
struct TokenAttempt {
  std::string mechanism;  ///< lower case: oauthbearer, xoauth2
  std::string user;
  std::string token;
};

/// What a server keeps in place of a password (RFC 5802 3).
struct ScramVerifier {
  std::string mechanism;  ///< SCRAM-SHA-1, SCRAM-SHA-256
  unsigned iterations = 0;
  std::string salt, stored_key, server_key;  ///< octets
};

/// What is known of a user's password.
struct Credentials {
  std::optional<std::string> password = {};  ///< in clear
  std::vector<ScramVerifier> verifiers = {};
};

/// What is known before `connect` (qpsmtpd's pre-connection map). The super-server counts
/// connections, so the last two are empty.
struct PreConnection {
  std::string_view remote_ip, remote_port, local_ip, local_port;
  std::optional<unsigned> max_conn_ip;
  std::vector<std::string> child_addrs;
};

/// What the Received field will say.
struct ReceivedFacts {
  /// SMTP; ESMTP, ESMTPS, ESMTPA or ESMTPSA (RFC 3848); with SMTPUTF8 the same behind UTF8 in place
  /// of E (RFC 6531 4.3).
  std::string_view protocol;
  std::string auth;  ///< `(smtp-auth username U, mechanism M)`, or empty
  std::string tls;   ///< `(CIPHER encrypted)`, or empty
};

template <class T>
using Parsed = std::optional<std::expected<T, std::string>>;
using Rewrite = std::expected<std::optional<std::string>, Refusal>;
/// The credentials of a user; none for one that the plugin does not know.
using FoundCredentials = std::expected<std::optional<Credentials>, Refusal>;

// clang-format off
/// name, return type, parameters. The return type is the kind of the hook; see doc/hooks.md.
#define SMTPD_HOOKS(X)                                                                                                   \
  X(logging,              Logged,                (const LogRecord& record))                                              \
  X(config,               std::optional<Lines>,  (std::string_view key))                                                 \
  X(user_config,          std::optional<Lines>,  (const Address& user, std::string_view key))                            \
  X(post_fork,            void,                  ())                                                                     \
  X(identify,             Result,                (Connection& conn))                                                     \
  X(pre_connection,       Result,                (const PreConnection& peer))                                            \
  X(connect,              Result,                (Connection& conn))                                                     \
  X(ehlo_parse,           Parsed<Hello>,         (Connection& conn, const CommandLine& command))                         \
  X(ehlo,                 Result,                (Connection& conn, const Hello& hello))                                 \
  X(helo_parse,           Parsed<Hello>,         (Connection& conn, const CommandLine& command))                         \
  X(helo,                 Result,                (Connection& conn, const Hello& hello))                                 \
  X(capabilities,         Lines,                 (Connection& conn))                                                     \
  X(auth_parse,           Parsed<AuthCommand>,   (Connection& conn, const CommandLine& command))                         \
  X(auth,                 Result,                (Connection& conn, const AuthAttempt& attempt))                         \
  X(password,             Result,                (Connection& conn, const PasswordAttempt& attempt))                    \
  X(auth_plain,           Result,                (Connection& conn, const AuthAttempt& attempt))                         \
  X(auth_login,           Result,                (Connection& conn, const AuthAttempt& attempt))                         \
  X(auth_cram_md5,        Result,                (Connection& conn, const AuthAttempt& attempt))                         \
  X(auth_token,           Result,                (Connection& conn, const TokenAttempt& attempt))                        \
  X(auth_mechanisms,      Lines,                 (Connection& conn))                                                     \
  X(credentials,          FoundCredentials,      (Connection& conn, std::string_view user))                              \
  X(rcpt_parse,           Parsed<PathCommand>,   (Connection& conn, const CommandLine& command))                         \
  X(rcpt_pre,             Rewrite,               (Transaction& txn, std::string_view path, Parameters& parameters))      \
  X(rcpt,                 Result,                (Transaction& txn, const Address& rcpt, const Parameters& parameters))  \
  X(mail_parse,           Parsed<PathCommand>,   (Connection& conn, const CommandLine& command))                         \
  X(mail_pre,             Rewrite,               (Transaction& txn, std::string_view path, Parameters& parameters))      \
  X(mail,                 Result,                (Transaction& txn, const Address& sender, const Parameters& parameters))\
  X(data,                 Result,                (Transaction& txn))                                                     \
  X(data_headers_end,     Result,                (Transaction& txn))                                                     \
  X(data_post_headers,    Result,                (Transaction& txn))                                                     \
  X(received_line,        std::optional<std::string>, (Transaction& txn, const ReceivedFacts& facts))                    \
  X(data_post,            Result,                (Transaction& txn))                                                     \
  X(queue_pre,            Result,                (Transaction& txn))                                                     \
  X(route,                Lines,                 (const Transaction& txn, const Address& rcpt))                            \
  X(queue,                Result,                (Transaction& txn))                                                     \
  X(queue_post,           Result,                (Transaction& txn))                                                     \
  X(vrfy,                 Result,                (Connection& conn, const CommandLine& command))                         \
  X(noop,                 Result,                (Connection& conn, const CommandLine& command))                         \
  X(quit,                 Result,                (Connection& conn, const CommandLine& command))                         \
  X(help,                 Result,                (Connection& conn, const CommandLine& command))                         \
  X(reset_transaction,    void,                  (Transaction& txn))                                                     \
  X(disconnect,           void,                  (Connection& conn))                                                     \
  X(post_connection,      void,                  (Connection& conn))                                                     \
  X(unrecognized_command, Result,                (Connection& conn, const CommandLine& command))                         \
  X(deny,                 void,                  (Hook hook, std::string_view plugin, const Result& result))             \
  X(ok,                   void,                  (Hook hook, std::string_view plugin, const Result& result))             \
  X(check,                void,                  ())
// clang-format on

/// An administrator's mistake; thrown by the constructors of plugins and by on_check only.
class ConfigError : public std::exception {
 public:
  explicit ConfigError(std::string what) : what_(std::move(what)) {}
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  std::string what_;
};

/// An exception as a value.
struct Thrown {
  enum class Kind { nothing, config, exception, unknown } kind = Kind::nothing;
  std::string text;
  explicit operator bool() const { return kind != Kind::nothing; }
};

/// What came out of a guarded call: a value or an exception.
template <class T>
struct Outcome {
  std::optional<T> value = {};
  Thrown thrown = {};
};
template <>
struct Outcome<void> {
  Thrown thrown = {};
};

/// The function through which the host calls one handler; `self` is the plugin or a closure of its
/// own.
template <class Function>
struct ThunkFor;
template <class R, class... A>
struct ThunkFor<R(A...)> {
  using Return = R;
  using Type = Outcome<R> (*)(void* self, A... arguments) noexcept;
};

/// A guarded function of one hook; the member of that hook's name is the valid one.
union Thunk {
#define SMTPD_HOOK_THUNK(name, ret, params) ThunkFor<ret params>::Type name;
  SMTPD_HOOKS(SMTPD_HOOK_THUNK)
#undef SMTPD_HOOK_THUNK
};

/// The hooks that a plugin has, and the guarded function of each. A function gives them: tables of
/// pointers would be relocated at every start.
struct HookList {
  HookSet listed = {};
  Thunk (*thunk)(Hook listed) = nullptr;
};

/// Type facts about a hook by its enumerator.
template <Hook H>
struct HookTraits;
#define SMTPD_HOOK_TRAITS(name_, ret, params)     \
  template <>                                     \
  struct HookTraits<Hook::name_> {                \
    using Function = ret params;                  \
    using Return = ret;                           \
    using Type = ThunkFor<Function>::Type;        \
    static constexpr auto member = &Thunk::name_; \
  };
SMTPD_HOOKS(SMTPD_HOOK_TRAITS)
#undef SMTPD_HOOK_TRAITS

/// Runs `function` and turns what it throws into a value. Compiled into the plugin's own object,
/// since an exception that crosses from a module with its own C++ runtime ends the process.
template <class R, class F>
Outcome<R> guarded(F&& function) noexcept {
  Outcome<R> outcome;
  try {
    if constexpr (std::is_void_v<R>) {
      function();
    } else {
      outcome.value.emplace(function());
    }
  } catch (const ConfigError& error) {
    outcome.thrown = {Thrown::Kind::config, error.what()};
  } catch (const std::bad_alloc&) {
    outcome.thrown = {Thrown::Kind::exception, "out of memory"};
  } catch (const std::exception& error) {
    outcome.thrown = {Thrown::Kind::exception, error.what()};
  } catch (...) {
    outcome.thrown = {Thrown::Kind::unknown, "an exception that is no std::exception"};
  }
  return outcome;
}

}  // namespace smtpd
