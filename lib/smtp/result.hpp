#pragma once
/// What a plugin answers to a hook.
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "lib/smtp/reply.hpp"

namespace smtpd {

/// The verdicts of the plugin system; everything but declined ends a decide chain.
enum class Verdict { declined, ok, deny, denysoft, deny_disconnect, denysoft_disconnect, done };

/// `DECLINED`, `OK`, `DENY` ...
SMTPD_API std::string_view to_string(Verdict verdict);
/// The verdict of that name in any case; DENYHARD is DENY_DISCONNECT.
SMTPD_API std::optional<Verdict> to_verdict(std::string_view name);

constexpr bool is_refusal(Verdict v) {
  return v == Verdict::deny || v == Verdict::denysoft || v == Verdict::deny_disconnect ||
         v == Verdict::denysoft_disconnect;
}

/// DENYSOFT and DENYSOFT_DISCONNECT.
constexpr bool is_temporary(Verdict v) {
  return v == Verdict::denysoft || v == Verdict::denysoft_disconnect;
}
/// Refusals that end the session.
constexpr bool disconnects(Verdict v) {
  return v == Verdict::deny_disconnect || v == Verdict::denysoft_disconnect;
}

struct Result {
  Verdict verdict = Verdict::declined;
  std::string text;            ///< for the client; empty: the hook's default text
  std::optional<Reply> reply;  ///< with done: what the core sends; none: nothing. With a refusal:
                               ///< in place of the hook's own, such as that of another server
  bool disconnect = false;     ///< with done: the session ends after that reply
};

inline Result declined(std::string text = {}) { return {Verdict::declined, std::move(text), {}}; }
inline Result ok(std::string text = {}) { return {Verdict::ok, std::move(text), {}}; }
inline Result deny(std::string text = {}) { return {Verdict::deny, std::move(text), {}}; }
inline Result denysoft(std::string text = {}) { return {Verdict::denysoft, std::move(text), {}}; }
inline Result deny_disconnect(std::string text = {}) {
  return {Verdict::deny_disconnect, std::move(text), {}};
}
inline Result denysoft_disconnect(std::string text = {}) {
  return {Verdict::denysoft_disconnect, std::move(text), {}};
}
/// The plugin has answered; with a reply, the core sends that.
inline Result done() { return {Verdict::done, {}, {}}; }
inline Result done(Reply reply) { return {Verdict::done, {}, std::move(reply)}; }
/// The same, and the session ends after that reply.
inline Result done_disconnect(Reply reply) { return {Verdict::done, {}, std::move(reply), true}; }

/// How a rewrite hook refuses: deny family only.
struct Refusal {
  Verdict verdict = Verdict::deny;
  std::string text;
};

}  // namespace smtpd
