#include "lib/session/policy.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "lib/base/fixed_text.hpp"

namespace smtpd {
namespace {

enum class Text { ours, plugins };  // whose text counts, if the plugin gave one
enum class Hangup { no, yes };
enum class Then { go_on, reset };  // what a refusal does to the transaction

using Wording = FixedText<60>;

/// What one verdict becomes. Code 0: no reply, the core goes on.
struct ReplyForm {
  int code = 0;
  Wording text = {};
  Hangup hangup = Hangup::no;
  Text whose = Text::plugins;
  EnhancedCode enhanced = {0, 7, 1};  // refusals are policy; the class is the code's
};

constexpr ReplyForm go_on{};
constexpr ReplyForm worded(int code, EnhancedCode enhanced, Wording text, Text whose) {
  return {code, text, Hangup::no, whose, enhanced};
}
constexpr ReplyForm refused(int code, Wording text) { return {.code = code, .text = text}; }
constexpr ReplyForm closing(int code, Wording text) {
  return {.code = code, .text = text, .hangup = Hangup::yes};
}

struct HookPolicy {
  Hook hook = Hook::connect;
  bool enhanced = true;  // false where RFC 2034 wants no enhanced code
  Then refusal = Then::go_on;
  ReplyForm declined, ok, deny, denysoft, deny_disconnect, denysoft_disconnect;
};

constexpr Wording denied = "Message denied", denied_softly = "Message denied temporarily";
constexpr Wording not_authenticated = "Authentication credentials invalid";
constexpr Wording auth_trouble = "Temporary authentication failure, try again later";
constexpr auto ours = Text::ours;
constexpr auto plugins = Text::plugins;

constexpr ReplyForm sender_accepted =
    worded(250, {2, 1, 0}, "{}, sender OK - how exciting to get mail from you!", ours);
constexpr ReplyForm helped(Text whose) { return worded(214, {2, 0, 0}, "{}", whose); }
constexpr ReplyForm parting(Text whose) {
  return {221, "{} closing connection. Have a wonderful day.", Hangup::yes, whose, {2, 0, 0}};
}
/// HELO and EHLO.
constexpr HookPolicy greeting_policy(Hook hook, Wording welcome) {
  constexpr Wording refusal = "Your greeting is refused";
  constexpr Wording softly = "Your greeting is refused for now, try again later";
  return {hook,
          false,
          Then::go_on,
          worded(250, {}, welcome, ours),
          worded(250, {}, welcome, ours),
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
          refused(550, denied),
          refused(450, denied_softly),
          closing(550, denied),
          closing(450, denied_softly)};
}

// clang-format off
constexpr auto policies = std::array{
    HookPolicy{Hook::pre_connection, false, Then::go_on, go_on, go_on,
               closing(550, "Sorry, service not available for you"), closing(451, "Sorry, try again later"),
               closing(550, "Sorry, service not available for you"), closing(451, "Sorry, try again later")},
    HookPolicy{Hook::connect, false, Then::go_on,
               worded(220, {}, "{}", ours), worded(220, {}, "{}", ours),
               closing(554, "Connection from you denied, bye bye."), closing(421, "Connection from you temporarily denied, bye bye."),
               closing(554, "Connection from you denied, bye bye."), closing(421, "Connection from you temporarily denied, bye bye.")},
    greeting_policy(Hook::helo, "{}; I am so happy to meet you."),
    greeting_policy(Hook::ehlo, "{}"),  // and what is offered
    HookPolicy{Hook::mail, true, Then::reset, sender_accepted, sender_accepted,
               refused(550, "{}: this sender is not accepted here"),
               refused(450, "{}: this sender is not accepted now, try again later"),
               closing(550, "{}: this sender is not accepted here"),
               closing(421, "{}: this sender is not accepted now, try again later")},
    HookPolicy{Hook::rcpt, true, Then::go_on,
               {450, "{}: this recipient is not accepted now, try again later", Hangup::no, ours},
               worded(250, {2, 1, 5}, "{}, recipient ok", ours),
               refused(550, "{}: relaying denied"),
               refused(450, "{}: this recipient is not accepted now, try again later"),
               closing(550, "{}: delivery denied"),
               closing(421, "{}: this recipient is not accepted now, try again later")},
    HookPolicy{Hook::data, true, Then::reset,
               worded(354, {}, "go ahead", ours), worded(354, {}, "go ahead", ours),
               refused(554, denied), refused(451, denied_softly), closing(554, denied), closing(451, denied_softly)},
    HookPolicy{Hook::data_headers_end, true, Then::reset, go_on, go_on,
               refused(550, denied), refused(450, denied_softly), closing(550, denied), closing(421, denied_softly)},
    message_policy(Hook::data_post_headers),
    message_policy(Hook::data_post),
    message_policy(Hook::queue_pre),
    HookPolicy{Hook::queue, true, Then::reset,
               worded(451, {4, 3, 2}, "The message cannot be stored now, try again later", plugins),
               worded(250, {2, 6, 0}, "Message accepted", plugins),
               refused(550, denied), refused(450, denied_softly), closing(550, denied), closing(450, denied_softly)},
    HookPolicy{Hook::vrfy, true, Then::go_on,
               worded(252, {2, 0, 0}, "Just try sending a mail and we'll see how it turns out ...", ours),
               worded(250, {2, 1, 5}, "User OK", plugins),
               refused(554, "Access Denied"), refused(450, "Access Denied"), closing(554, "Access Denied"), closing(421, "Access Denied")},
    HookPolicy{Hook::noop, true, Then::go_on,
               worded(250, {2, 0, 0}, "OK", ours), worded(250, {2, 0, 0}, "OK", ours),
               refused(500, "Stop wasting my time."), refused(450, "Stop wasting my time."),
               closing(500, "Stop wasting my time."), closing(421, "Stop wasting my time.")},
    HookPolicy{Hook::help, true, Then::go_on, helped(plugins), helped(plugins),
               helped(ours), helped(ours), helped(ours), helped(ours)},
    HookPolicy{Hook::quit, true, Then::go_on, parting(plugins), parting(plugins),
               parting(ours), parting(ours), parting(ours), parting(ours)},
    // For every hook auth*: what is wrong with the credentials is for the log alone.
    HookPolicy{Hook::auth, true, Then::go_on,
               worded(535, {5, 7, 8}, not_authenticated, ours),
               worded(235, {2, 7, 0}, "Authentication successful", ours),
               worded(535, {5, 7, 8}, not_authenticated, ours), worded(454, {4, 7, 0}, auth_trouble, ours),
               {535, not_authenticated, Hangup::yes, ours, {5, 7, 8}}, {454, auth_trouble, Hangup::yes, ours, {4, 7, 0}}},
    HookPolicy{Hook::unrecognized_command, true, Then::go_on,
               worded(500, {5, 5, 1}, "Unrecognized command", ours), worded(500, {5, 5, 1}, "Unrecognized command", ours),
               worded(500, {5, 5, 1}, "Unrecognized command", plugins), worded(450, {4, 5, 1}, "Unrecognized command", plugins),
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

const ReplyForm& form_of(const HookPolicy& policy, Verdict verdict) {
  switch (verdict) {
    case Verdict::ok: return policy.ok;
    case Verdict::deny: return policy.deny;
    case Verdict::denysoft: return policy.denysoft;
    case Verdict::deny_disconnect: return policy.deny_disconnect;
    case Verdict::denysoft_disconnect: return policy.denysoft_disconnect;
    default: return policy.declined;
  }
}

/// What is no policy has a code of its own (RFC 5321 4.2.3, RFC 3463 3): room that is missing, and
/// trouble of this server or with another one.
struct OwnCode {
  int usual = 0, subject = 0, detail = 0, code = 0;
};
constexpr int any = -1;
constexpr std::size_t longest_named = 256;  // octets of a path (RFC 5321 4.5.3.1.3)
constexpr auto own_codes = std::array{
    OwnCode{550, 2, 2, 552},    // a mailbox is full
    OwnCode{550, 3, 4, 552},    // the message is too big
    OwnCode{450, 2, 2, 452},    //
    OwnCode{450, 3, 1, 452},    // the disk is full
    OwnCode{450, 3, any, 451},  //
    OwnCode{450, 4, any, 451},
};

int code_for(int usual, const EnhancedCode& enhanced) {
  const auto own = std::ranges::find_if(own_codes, [&](const OwnCode& each) {
    return each.usual == usual && each.subject == enhanced.subject &&
           (each.detail == any || each.detail == enhanced.detail);
  });
  return own == own_codes.end() ? usual : own->code;
}

std::string filled(std::string_view text, std::string_view subject) {
  std::string result(text);
  if (const auto at = result.find("{}"); at != result.npos) result.replace(at, 2, subject);
  return result;
}

}  // namespace

void name_address(std::string& text, std::string_view path) {
  if (path.size() <= 2) return;  // <> says nothing
  const std::string_view mailbox = path.substr(1, path.size() - 2);
  if (text.find(mailbox) == text.npos)
    text.insert(0, ": ").insert(0, path.substr(0, longest_named));
}

void enhance(Reply& reply, const EnhancedCode& fallback) {
  EnhancedCode code = take_enhanced(reply.text).value_or(reply.enhanced.value_or(fallback));
  code.major = reply.code / 100;
  reply.enhanced = code;
}

void enhance_refusal(Reply& reply, const EnhancedCode& fallback) {
  enhance(reply, fallback);
  reply.code = code_for(reply.code, *reply.enhanced);
}

Consequence settle(Hook hook, const Result& result, std::string_view subject) {
  const HookPolicy& policy = policy_of(hook);
  const auto has_enhanced = [&](int code) { return policy.enhanced && code / 100 != 3; };
  if (result.verdict == Verdict::done) {
    Consequence consequence{.reply = result.reply, .close = result.disconnect};
    if (consequence.reply && has_enhanced(consequence.reply->code))
      enhance(*consequence.reply, default_enhanced(consequence.reply->code));
    return consequence;
  }
  const ReplyForm& form = form_of(policy, result.verdict);
  if (form.code == 0) return {.go_on = true};
  const bool own = form.whose == Text::plugins && !result.text.empty();
  const bool refusal = is_refusal(result.verdict);
  const bool given = refusal && result.reply && form.whose == Text::plugins;
  Reply reply =
      given ? *result.reply
            : Reply{.code = form.code, .text = own ? result.text : filled(form.text, subject)};
  if (refusal && (hook == Hook::mail || hook == Hook::rcpt)) name_address(reply.text, subject);
  Reply judged = reply;
  if (refusal && !given)
    enhance_refusal(judged, form.enhanced);
  else
    enhance(judged, form.enhanced);
  reply.code = judged.code;  // without enhanced codes a text keeps its own
  if (has_enhanced(form.code)) reply = std::move(judged);
  return {.reply = std::move(reply),
          .go_on = !refusal && form.code < 400,
          .reset = refusal && policy.refusal == Then::reset,
          .close = form.hangup == Hangup::yes};
}

}  // namespace smtpd
