/// Answers at one hook as its arguments say, so that transcripts can show what every answer
/// becomes: HOOK ANSWER [TEXT]. In TEXT `_` is a blank and `|` a line end. Every hook knows the
/// answers none, throw_runtime, throw_config and throw_int.
#include <array>
#include <stdexcept>
#include <tuple>

#include "lib/plugin/plugin.hpp"

using namespace smtpd;

namespace {

/// What the arguments say.
struct Directions {
  std::string answer, text;
  int code = 0;  // of done_reply and done_close
};

struct HookName {
  std::string_view name, log_name;
  Hook hook;
};
constexpr std::array hooks{
#define HOOK_NAME(name, text) HookName{#name, text, Hook::name},
    SMTPD_HOOK_NAMES(HOOK_NAME)
#undef HOOK_NAME
};

std::string decoded(std::string_view word) {
  std::string text(word);
  for (char& c : text) c = c == '_' ? ' ' : c == '|' ? '\n' : c;
  return text;
}

Hook hook_of(std::string_view word) {
  for (const HookName& each : hooks) {
    if (word == each.name || word == each.log_name) return each.hook;
  }
  throw ConfigError("there is no hook " + std::string(word));
}

/// What a hook of one kind can answer.
template <class R>
struct Kind;

template <>
struct Kind<void> {
  static bool knows(std::string_view answer) { return answer == "problem"; }
};

template <>
struct Kind<Result> {
  static constexpr Verdict no_verdict = static_cast<Verdict>(42);
  static bool replies(std::string_view answer) {
    return answer == "done_reply" || answer == "done_close";
  }
  static bool knows(std::string_view answer) {
    return replies(answer) || answer == "no_verdict" || to_verdict(answer).has_value();
  }
  static Result make(const Directions& told) {
    if (told.answer == "no_verdict") return {no_verdict, told.text, {}};
    if (!replies(told.answer))
      return {to_verdict(told.answer).value_or(Verdict::declined), told.text, {}};
    Reply reply{.code = told.code, .text = told.text};
    return told.answer == "done_close" ? done_disconnect(std::move(reply)) : done(std::move(reply));
  }
};

template <>
struct Kind<Rewrite> {
  static bool knows(std::string_view answer) {
    return answer == "rewrite" || is_refusal(to_verdict(answer).value_or(Verdict::ok));
  }
  static Rewrite make(const Directions& told) {
    if (told.answer == "none") return std::nullopt;
    if (told.answer == "rewrite") return told.text;
    return std::unexpected(Refusal{to_verdict(told.answer).value_or(Verdict::deny), told.text});
  }
};

template <>
struct Kind<FoundCredentials> {
  static bool knows(std::string_view answer) {
    return answer == "password" || is_refusal(to_verdict(answer).value_or(Verdict::ok));
  }
  static FoundCredentials make(const Directions& told) {
    if (told.answer == "none") return std::nullopt;
    if (told.answer == "password") return Credentials{.password = told.text};
    return std::unexpected(Refusal{to_verdict(told.answer).value_or(Verdict::deny), told.text});
  }
};

template <class T>
struct Kind<Parsed<T>> {
  static bool knows(std::string_view answer) { return answer == "value" || answer == "error"; }
  static Parsed<T> make(const Directions& told) {
    if (told.answer == "none") return {};
    if (told.answer == "error") return std::unexpected(told.text);
    T value;
    if constexpr (std::is_same_v<T, Hello>) value.host = told.text;
    if constexpr (std::is_same_v<T, PathCommand>) value.path = told.text;
    if constexpr (std::is_same_v<T, AuthCommand>) value.mechanism = told.text;
    return value;
  }
};

template <>
struct Kind<std::optional<std::string>> {
  static bool knows(std::string_view answer) { return answer == "text"; }
  static std::optional<std::string> make(const Directions& told) {
    return told.answer == "none" ? std::nullopt : std::optional(told.text);
  }
};

template <>
struct Kind<Lines> {
  static bool knows(std::string_view answer) { return answer == "lines" || answer == "line"; }
  static Lines make(const Directions& told) {
    if (told.answer == "line") return {told.text};
    Lines lines;
    if (told.answer == "none" || told.text.empty()) return lines;
    for (const std::string_view line : split(told.text, '\n')) lines.emplace_back(line);
    return lines;
  }
};

/// KEY=VALUE, for one key only.
template <>
struct Kind<std::optional<Lines>> {
  static bool knows(std::string_view answer) { return answer.find('=') != answer.npos; }
  static std::optional<Lines> make(const Directions& told, std::string_view key) {
    if (!told.answer.starts_with(std::string(key) + '=')) return {};
    return Kind<Lines>::make(
        {.answer = "lines", .text = decoded(told.answer.substr(key.size() + 1))});
  }
};

template <>
struct Kind<Logged> {
  static bool knows(std::string_view answer) { return answer == "logged" || answer == "next"; }
  static Logged make(const Directions& told) {
    return told.answer == "logged" ? Logged::logged : Logged::next;
  }
};

class Matrix final : public Plugin {
 public:
  explicit Matrix(PluginContext& ctx) : Plugin(ctx) {
    const auto hook = ctx.args.positional(), answer = ctx.args.positional();
    if (!hook || !answer) throw ConfigError("it needs a hook and an answer");
    told_.answer = *answer;
    if (Kind<Result>::replies(*answer))
      told_.code = static_cast<int>(ctx.args.leading_number(0, 200, 599));
    told_.text = decoded(ctx.args.positional().value_or(""));
    switch (hook_of(*hook)) {
#define HOOK_ADD(name, ret, params)                                                           \
  case Hook::name:                                                                            \
    if (!knows<ret>()) throw ConfigError("the hook " #name " has no answer " + told_.answer); \
    ctx.add<Hook::name>(                                                                      \
        [this](const auto&... arguments) -> ret { return give<ret>(arguments...); });         \
    break;
      SMTPD_HOOKS(HOOK_ADD)
#undef HOOK_ADD
    }
  }

 private:
  template <class R>
  bool knows() const {
    for (const std::string_view each : {"none", "throw_runtime", "throw_config", "throw_int"}) {
      if (told_.answer == each) return true;
    }
    return Kind<R>::knows(told_.answer);
  }

  /// Says that it was asked. A logger does that where the built-in one writes, since nobody logs
  /// while he logs.
  template <class R>
  void say() const {
    const std::string text = "told " + told_.answer;
    if constexpr (std::is_same_v<R, Logged>) {
      ctx().services().log.write(ctx().name() + ": " + text);
    } else {
      log(Level::info, text);
    }
  }

  template <class R, class... A>
  R give(const A&... arguments) const {
    say<R>();
    const std::string what = told_.text.empty() ? "told to throw" : told_.text;
    if (told_.answer == "throw_runtime") throw std::runtime_error(what);
    if (told_.answer == "throw_config") throw ConfigError(what);
    if (told_.answer == "throw_int") throw 42;
    if (told_.answer == "problem") ctx().problem(what);
    if constexpr (std::is_same_v<R, std::optional<Lines>>) {
      return Kind<R>::make(told_, std::get<sizeof...(A) - 1>(std::tie(arguments...)));
    } else if constexpr (!std::is_void_v<R>) {
      return Kind<R>::make(told_);
    }
  }

  Directions told_;
};

}  // namespace

SMTPD_PLUGIN(Matrix, "matrix")
