#pragma once
/// The names of the hooks (qpsmtpd's). What each gets and gives is in hooks.hpp.
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "lib/base/fixed_text.hpp"

namespace smtpd {

// clang-format off
/// Every hook: the name in C++ and the name in logs and documents.
#define SMTPD_HOOK_NAMES(X)                                                                                        \
  X(logging, "logging") X(config, "config") X(user_config, "user_config") X(post_fork, "post-fork")                \
  X(identify, "identify")                                                                                          \
  X(pre_connection, "pre-connection") X(connect, "connect") X(ehlo_parse, "ehlo_parse") X(ehlo, "ehlo")            \
  X(helo_parse, "helo_parse") X(helo, "helo") X(capabilities, "capabilities") X(auth_parse, "auth_parse")          \
  X(auth, "auth") X(password, "password") X(auth_plain, "auth-plain") X(auth_login, "auth-login") X(auth_cram_md5, "auth-cram-md5")        \
  X(auth_token, "auth-token") X(auth_mechanisms, "auth_mechanisms") X(credentials, "credentials")                  \
  X(rcpt_parse, "rcpt_parse") X(rcpt_pre, "rcpt_pre") X(rcpt, "rcpt") X(mail_parse, "mail_parse")                  \
  X(mail_pre, "mail_pre") X(mail, "mail") X(data, "data") X(data_headers_end, "data_headers_end")                  \
  X(data_post_headers, "data_post_headers") X(received_line, "received_line") X(data_post, "data_post")            \
  X(queue_pre, "queue_pre") X(route, "route") X(queue, "queue") X(queue_post, "queue_post") X(vrfy, "vrfy") X(noop, "noop")          \
  X(quit, "quit") X(help, "help") X(reset_transaction, "reset_transaction") X(disconnect, "disconnect")            \
  X(post_connection, "post-connection") X(unrecognized_command, "unrecognized_command") X(deny, "deny") X(ok, "ok")  \
  X(check, "check")

enum class Hook : std::uint8_t {
#define SMTPD_HOOK_ENUMERATOR(name, text) name,
  SMTPD_HOOK_NAMES(SMTPD_HOOK_ENUMERATOR)
#undef SMTPD_HOOK_ENUMERATOR
};

inline constexpr auto hook_names = std::array{
#define SMTPD_HOOK_TEXT(name, text) FixedText<20>(text),
    SMTPD_HOOK_NAMES(SMTPD_HOOK_TEXT)
#undef SMTPD_HOOK_TEXT
};
// clang-format on

inline constexpr std::size_t hook_count = hook_names.size();

/// The name as logs show it: `data_post`, `pre-connection`.
constexpr std::string_view to_string(Hook hook) {
  return hook_names[static_cast<std::size_t>(hook)];
}

/// Some of the hooks.
struct HookSet {
  std::uint64_t bits = 0;

  constexpr HookSet() = default;
  constexpr HookSet(std::initializer_list<Hook> hooks) {
    for (const Hook hook : hooks) add(hook);
  }
  constexpr void add(Hook hook) { bits |= bit(hook); }
  constexpr bool has(Hook hook) const { return (bits & bit(hook)) != 0; }
  /// Calls the function with each hook, in the order of the enumerators.
  template <class F>
  constexpr void for_each(F function) const {
    for (std::uint64_t rest = bits; rest != 0; rest &= rest - 1)
      function(static_cast<Hook>(std::countr_zero(rest)));
  }

 private:
  static_assert(hook_count <= 64);
  static constexpr std::uint64_t bit(Hook hook) {
    return std::uint64_t{1} << static_cast<unsigned>(hook);
  }
};

}  // namespace smtpd
