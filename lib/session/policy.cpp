#include "lib/session/policy.hpp"

#include <array>
#include <string>
#include <utility>

#include "lib/base/fixed_text.hpp"

namespace smtpd {
namespace {

enum class Text { ours, plugins };  // whose text counts, if the plugin gave one
enum class End { stay, close };

using Wording = FixedText<60>;

/// Code 0: no reply, the core goes on.
struct Answer {
  int code = 0;
  Wording text = {};
  End end = End::stay;
  Text whose = Text::plugins;
  EnhancedCode enhanced = {0, 7, 1};  // refusals are policy; the class is the code's
};

constexpr Answer go_on{};
constexpr Answer accepted(int code, EnhancedCode enhanced, Wording text, Text whose) {
  return {code, text, End::stay, whose, enhanced};
}
constexpr Answer refused(int code, Wording text) { return {.code = code, .text = text}; }
constexpr Answer closing(int code, Wording text) {
  return {.code = code, .text = text, .end = End::close};
}

struct HookPolicy {
  Hook hook = Hook::connect;
  bool enhanced = true;  // false where RFC 2034 wants no enhanced code
  Then refusal = Then::go_on;
  Answer declined, ok, deny, denysoft, deny_disconnect, denysoft_disconnect;
};

constexpr Wording denied = "Message denied", denied_softly = "Message denied temporarily";
constexpr Wording not_authenticated = "Authentication credentials invalid";
constexpr Wording auth_trouble = "Temporary authentication failure, try again later";
constexpr auto ours = Text::ours;
constexpr auto plugins = Text::plugins;

constexpr Answer helped(Text whose) { return accepted(214, {2, 0, 0}, "{}", whose); }
constexpr Answer parting(Text whose) {
  return {221, "{} closing connection. Have a wonderful day.", End::close, whose, {2, 0, 0}};
}
/// HELO and EHLO.
constexpr HookPolicy greeting_policy(Hook hook) {
  constexpr Wording refusal = "Your greeting is refused";
  constexpr Wording softly = "Your greeting is refused for now, try again later";
  return {hook,
          false,
          Then::go_on,
          go_on,
          go_on,
          refused(550, refusal),
          refused(450, softly),
          closing(550, refusal),
          closing(450, softly)};
}
/// The hooks between the end of a message and the queue.
constexpr HookPolicy message_policy(Hook hook) {
  return {hook,
          true,
          Then::reset,
          go_on,
          go_on,
          refused(552, denied),
          refused(452, denied_softly),
          closing(552, denied),
          closing(452, denied_softly)};
}

// clang-format off
constexpr auto policies = std::array{
    HookPolicy{Hook::pre_connection, false, Then::go_on, go_on, go_on,
               closing(550, "Sorry, service not available for you"), closing(451, "Sorry, try again later"),
               closing(550, "Sorry, service not available for you"), closing(451, "Sorry, try again later")},
    HookPolicy{Hook::connect, false, Then::go_on, go_on, go_on,
               closing(554, "Connection from you denied, bye bye."), closing(421, "Connection from you temporarily denied, bye bye."),
               closing(554, "Connection from you denied, bye bye."), closing(421, "Connection from you temporarily denied, bye bye.")},
    greeting_policy(Hook::helo),
    greeting_policy(Hook::ehlo),
    HookPolicy{Hook::mail, true, Then::reset, go_on, go_on,
               refused(550, "{}, denied"), refused(450, "{}, temporarily denied"),
               closing(550, "{}, denied"), closing(421, "{}, temporarily denied")},
    HookPolicy{Hook::rcpt, true, Then::go_on,
               {450, "No plugin decided if relaying is allowed", End::stay, ours}, go_on,
               refused(550, "relaying denied"), refused(450, "relaying denied"),
               closing(550, "delivery denied"), closing(421, "relaying denied")},
    HookPolicy{Hook::data, true, Then::reset, go_on, go_on,
               refused(554, denied), refused(451, denied_softly), closing(554, denied), closing(451, denied_softly)},
    HookPolicy{Hook::data_headers_end, true, Then::reset, go_on, go_on,
               refused(554, denied), refused(451, denied_softly), closing(554, denied), closing(421, denied_softly)},
    message_policy(Hook::data_post_headers),
    message_policy(Hook::data_post),
    message_policy(Hook::queue_pre),
    HookPolicy{Hook::queue, true, Then::reset,
               accepted(451, {4, 3, 2}, "Queuing declined or disabled; try again later", plugins),
               accepted(250, {2, 6, 0}, "Queued", plugins),
               refused(552, denied), refused(452, denied_softly), closing(552, denied), closing(452, denied_softly)},
    HookPolicy{Hook::vrfy, true, Then::go_on,
               accepted(252, {2, 0, 0}, "Just try sending a mail and we'll see how it turns out ...", ours),
               accepted(250, {2, 1, 5}, "User OK", plugins),
               refused(554, "Access Denied"), refused(450, "Access Denied"), closing(554, "Access Denied"), closing(421, "Access Denied")},
    HookPolicy{Hook::noop, true, Then::go_on,
               accepted(250, {2, 0, 0}, "OK", ours), accepted(250, {2, 0, 0}, "OK", ours),
               refused(500, "Stop wasting my time."), refused(450, "Stop wasting my time."),
               closing(500, "Stop wasting my time."), closing(421, "Stop wasting my time.")},
    HookPolicy{Hook::help, true, Then::go_on, helped(plugins), helped(plugins),
               helped(ours), helped(ours), helped(ours), helped(ours)},
    HookPolicy{Hook::quit, true, Then::go_on, parting(plugins), parting(plugins),
               parting(ours), parting(ours), parting(ours), parting(ours)},
    // For every hook auth*: what is wrong with the credentials is for the log alone.
    HookPolicy{Hook::auth, true, Then::go_on,
               accepted(535, {5, 7, 8}, not_authenticated, ours), go_on,
               accepted(535, {5, 7, 8}, not_authenticated, ours), accepted(454, {4, 7, 0}, auth_trouble, ours),
               {535, not_authenticated, End::close, ours, {5, 7, 8}}, {454, auth_trouble, End::close, ours, {4, 7, 0}}},
    HookPolicy{Hook::unrecognized_command, true, Then::go_on,
               accepted(500, {5, 5, 1}, "Unrecognized command", ours), accepted(500, {5, 5, 1}, "Unrecognized command", ours),
               accepted(500, {5, 5, 1}, "Unrecognized command", plugins), accepted(450, {4, 5, 1}, "Unrecognized command", plugins),
               closing(521, "Unrecognized command"), closing(421, "Unrecognized command")},
};
// clang-format on

/// Where a hook's line is in `policies`. Every decide hook that the core settles has one.
constexpr auto places = [] {
  std::array<unsigned char, hook_count> table{};
  for (std::size_t i = 0; i < policies.size(); ++i)
    table[static_cast<std::size_t>(policies[i].hook)] = static_cast<unsigned char>(i);
  return table;
}();

const HookPolicy& policy_of(Hook hook) { return policies[places[static_cast<std::size_t>(hook)]]; }

const Answer& answer_of(const HookPolicy& policy, Verdict verdict) {
  switch (verdict) {
    case Verdict::ok: return policy.ok;
    case Verdict::deny: return policy.deny;
    case Verdict::denysoft: return policy.denysoft;
    case Verdict::deny_disconnect: return policy.deny_disconnect;
    case Verdict::denysoft_disconnect: return policy.denysoft_disconnect;
    default: return policy.declined;
  }
}

std::string filled(std::string_view text, std::string_view subject) {
  std::string result(text);
  if (const auto at = result.find("{}"); at != result.npos) result.replace(at, 2, subject);
  return result;
}

}  // namespace

void enhance(Reply& reply, const EnhancedCode& fallback) {
  EnhancedCode code = take_enhanced(reply.text).value_or(reply.enhanced.value_or(fallback));
  code.major = reply.code / 100;
  reply.enhanced = code;
}

Settled settle(Hook hook, const Result& result, std::string_view subject) {
  const HookPolicy& policy = policy_of(hook);
  if (result.verdict == Verdict::done) {
    Settled settled{.reply = result.reply};
    if (settled.reply && policy.enhanced && settled.reply->code / 100 != 3) {
      enhance(*settled.reply, default_enhanced(settled.reply->code));
    }
    return settled;
  }
  const Answer& answer = answer_of(policy, result.verdict);
  if (answer.code == 0) return {.go_on = true};
  const bool own = answer.whose == Text::plugins && !result.text.empty();
  Reply reply{.code = answer.code, .text = own ? result.text : filled(answer.text, subject)};
  reply.close = answer.end == End::close;
  if (policy.enhanced) enhance(reply, answer.enhanced);
  return {.reply = std::move(reply),
          .reset = is_refusal(result.verdict) && policy.refusal == Then::reset};
}

}  // namespace smtpd
