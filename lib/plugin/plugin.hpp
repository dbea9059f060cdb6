#pragma once
/// The base of every plugin, and what makes a class one. doc/writing-a-plugin.md begins with an
/// example.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>

#include "lib/base/export.hpp"
#include "lib/base/fixed_text.hpp"
#include "lib/plugin/context.hpp"
#include "lib/plugin/hooks.hpp"
#include "lib/services/log.hpp"
#include "lib/smtp/dsn.hpp"
#include "lib/smtp/result.hpp"

namespace smtpd {

/// The base of every plugin. A hook's handler is an ordinary member, `on_` and the hook's name,
/// with the return type and the parameters that hooks.hpp gives it; SMTPD_PLUGIN lists those that
/// there are.
class SMTPD_API Plugin {
 public:
  explicit Plugin(PluginContext& ctx) : ctx_(ctx) {}
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;
  virtual ~Plugin() = default;

  PluginContext& ctx() const { return ctx_; }

 protected:
  void log(Level level, std::string_view text) const { ctx_.log(level, text); }
  bool logs(Level level) const { return ctx_.logs(level); }

 private:
  PluginContext& ctx_;
};

using Created = Outcome<std::unique_ptr<Plugin>>;

#ifndef SMTPD_PLUGIN_ABI
/// Counts up whenever anything that plugins use changes its layout or meaning.
#define SMTPD_PLUGIN_ABI 7
#endif
#define SMTPD_TEXT_(x) #x
#define SMTPD_TEXT(x) SMTPD_TEXT_(x)

/// What a plugin's source file says of it.
struct PluginDescription {
  FixedText<32> name = {};
  Created (*create)(PluginContext& ctx) noexcept = nullptr;
  HookList hooks = {};
};

/// What a module offers. A constant, so that it can be judged before any of the module's code runs.
struct ModuleDescription {
  char magic[8] = {'s', 'm', 't', 'p', 'd', 'p', 'l', '\0'};
  std::uint32_t abi = SMTPD_PLUGIN_ABI;
  std::uint32_t size = sizeof(ModuleDescription);
  FixedText<40> compiler =
      "gxx_abi " SMTPD_TEXT(__GXX_ABI_VERSION) ", libstdc++ " SMTPD_TEXT(_GLIBCXX_RELEASE);
  PluginDescription plugin = {};
};

namespace detail {

/// The guarded call of a handler, and whether a member has its signature.
template <class P, class Function>
struct Guard;
template <class P, class R, class... A>
struct Guard<P, R(A...)> {
  template <auto Method>
  static Outcome<R> call(void* self, A... arguments) noexcept {
    return guarded<R>([&]() -> R {
      return (static_cast<P*>(static_cast<Plugin*>(self))->*Method)(std::forward<A>(arguments)...);
    });
  }
  template <class C>
  static constexpr bool fits(R (C::*)(A...)) {
    return true;
  }
  template <class C>
  static constexpr bool fits(R (C::*)(A...) const) {
    return true;
  }
};

template <class P>
Created create(PluginContext& ctx) noexcept {
  static_assert(std::is_base_of_v<Plugin, P>, "a plugin derives from smtpd::Plugin");
  return guarded<std::unique_ptr<Plugin>>(
      [&]() -> std::unique_ptr<Plugin> { return std::make_unique<P>(ctx); });
}

/// The guarded function of a hook of P. Here the compiler tells an author's mistakes.
// Long only once the list of hooks is expanded.
template <class P, HookSet listed>
Thunk thunk_of(Hook hook) {  // NOLINT(readability-function-size)
#define SMTPD_HOOK_THUNK_OF(hook_, ret, params)                                            \
  if constexpr (!listed.has(Hook::hook_)) {                                                \
    static_assert(                                                                         \
        !requires { &P::on_##hook_; },                                                     \
        "the class has on_" #hook_ ", and SMTPD_PLUGIN does not list " #hook_);            \
  } else if constexpr (requires { &P::on_##hook_; }) {                                     \
    static_assert(                                                                         \
        requires { Guard<P, ret params>::fits(&P::on_##hook_); },                          \
        "on_" #hook_ " has another signature than that hook has in lib/plugin/hooks.hpp"); \
    if constexpr (requires { Guard<P, ret params>::fits(&P::on_##hook_); }) {              \
      if (hook == Hook::hook_)                                                             \
        return {.hook_ = &Guard<P, ret params>::template call<&P::on_##hook_>};            \
    }                                                                                      \
  } else {                                                                                 \
    static_assert(!listed.has(Hook::hook_),                                                \
                  "SMTPD_PLUGIN lists " #hook_ ", and the class has no on_" #hook_         \
                  ", or it is private or overloaded");                                     \
  }
  SMTPD_HOOKS(SMTPD_HOOK_THUNK_OF)
#undef SMTPD_HOOK_THUNK_OF
  return {};
}

}  // namespace detail

#if defined(__PIC__) && !defined(__PIE__)
/// In a shared object: the one name that the host looks for.
#define SMTPD_PLUGIN_EXPORT(class_)                                                     \
  extern "C" {                                                                          \
  extern const smtpd::ModuleDescription smtpd_plugin [[gnu::visibility("default")]];    \
  const smtpd::ModuleDescription smtpd_plugin{.plugin = smtpd_description_of_##class_}; \
  }
#else
/// In the binary: an entry of the linker section that is the list of built-in plugins.
#define SMTPD_PLUGIN_EXPORT(class_)                                                        \
  [[gnu::section("smtpd_plugins"),                                                         \
    gnu::used]] static const smtpd::PluginDescription* const smtpd_plugin_entry_##class_ = \
      &smtpd_description_of_##class_;
#endif

/// Makes `class_`, a class derived from smtpd::Plugin or smtpd::Checker, the plugin `name_` of
/// config/plugins, with the hooks that follow: SMTPD_PLUGIN(Relay, "relay", connect, rcpt, check).
/// At the end of its source file.
#define SMTPD_PLUGIN(class_, name_, ...)                                               \
  static consteval smtpd::HookSet smtpd_hooks_of_##class_() {                          \
    using enum smtpd::Hook;                                                            \
    return {__VA_ARGS__};                                                              \
  }                                                                                    \
  static constexpr smtpd::PluginDescription smtpd_description_of_##class_{             \
      .name = name_,                                                                   \
      .create = smtpd::detail::create<class_>,                                         \
      .hooks = {.listed = smtpd_hooks_of_##class_(),                                   \
                .thunk = smtpd::detail::thunk_of<class_, smtpd_hooks_of_##class_()>}}; \
  SMTPD_PLUGIN_EXPORT(class_)

}  // namespace smtpd
