#pragma once
/// The bases of every plugin, and what makes a class one. doc/writing-a-plugin.md begins with an
/// example.
#include <array>
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

/// What every plugin is, whatever its hooks.
class SMTPD_API BasicPlugin {
 public:
  explicit BasicPlugin(PluginContext& ctx) : ctx_(ctx) {}
  BasicPlugin(const BasicPlugin&) = delete;
  BasicPlugin& operator=(const BasicPlugin&) = delete;
  virtual ~BasicPlugin() = default;

  PluginContext& ctx() const { return ctx_; }

 protected:
  void log(Level level, std::string_view text) const { ctx_.log(level, text); }
  bool logs(Level level) const { return ctx_.logs(level); }

 private:
  PluginContext& ctx_;
};

namespace detail {

/// `Base` with every hook. What a plugin does not override is never called: the host knows which
/// hooks a class has.
template <class Base>
class EveryHook : public Base {
 public:
  using Offered = EveryHook;
  using Base::Base;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#define SMTPD_HOOK_METHOD(name, ret, params) \
  virtual ret on_##name params { return ret(); }
  SMTPD_HOOKS(SMTPD_HOOK_METHOD)
#undef SMTPD_HOOK_METHOD
#pragma GCC diagnostic pop
};

/// `Base` with one hook more.
template <Hook H, class Base>
class OneHook;
#define SMTPD_HOOK_METHOD(name, ret, params)      \
  template <class Base>                           \
  class OneHook<Hook::name, Base> : public Base { \
   public:                                        \
    using Base::Base;                             \
    virtual ret on_##name params = 0;             \
  };
SMTPD_HOOKS(SMTPD_HOOK_METHOD)
#undef SMTPD_HOOK_METHOD

/// `Base` with the hooks of the list.
template <class Base, Hook... H>
class SomeHooks : public Base {
 public:
  using Offered = SomeHooks;
  using Base::Base;
};
template <class Base, Hook First, Hook... Rest>
class SomeHooks<Base, First, Rest...> : public OneHook<First, SomeHooks<Base, Rest...>> {
 public:
  using Offered = SomeHooks;
  using OneHook<First, SomeHooks<Base, Rest...>>::OneHook;
};

}  // namespace detail

/// A plugin that overrides any of the hooks.
class Plugin : public detail::EveryHook<BasicPlugin> {
 public:
  using EveryHook::EveryHook;
};

/// A plugin that overrides these hooks, all of them and no others; none, if its constructor adds
/// all handlers (PluginContext::add). A class's table of virtual functions is relocated at every
/// start, whether the plugin is loaded or not, and that of Plugin has all hooks: what is built into
/// the binary says which ones it needs.
template <Hook... H>
class PluginWith : public detail::SomeHooks<BasicPlugin, H...> {
 public:
  explicit PluginWith(PluginContext& ctx) : detail::SomeHooks<BasicPlugin, H...>(ctx) {}
};

using Created = Outcome<std::unique_ptr<BasicPlugin>>;

#ifndef SMTPD_PLUGIN_ABI
/// Counts up whenever anything that plugins use changes its layout or meaning.
#define SMTPD_PLUGIN_ABI 5
#endif
#define SMTPD_TEXT_(x) #x
#define SMTPD_TEXT(x) SMTPD_TEXT_(x)

/// What a plugin's source file says of it.
struct PluginDescription {
  FixedText<32> name = {};
  Created (*create)(PluginContext& ctx) noexcept = nullptr;
  HookTable hooks = {};
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

template <class P, class Function>
struct Guard;
template <class P, class R, class... A>
struct Guard<P, R(A...)> {
  template <auto Method>
  static Outcome<R> call(void* self, A... arguments) noexcept {
    return guarded<R>([&]() -> R {
      return (static_cast<P*>(static_cast<BasicPlugin*>(self))->*Method)(
          std::forward<A>(arguments)...);
    });
  }
  template <class C>
  static constexpr bool is_signature(R (C::*)(A...)) {
    return true;
  }
};

template <class P>
Created create(PluginContext& ctx) noexcept {
  return guarded<std::unique_ptr<BasicPlugin>>(
      [&]() -> std::unique_ptr<BasicPlugin> { return std::make_unique<P>(ctx); });
}

/// True if a class with `Theirs` has the hook that its base offers as `Offered`: the types of the
/// member pointers differ then.
template <class P, class Theirs, class Offered, class Function>
consteval bool overrides() {
  if constexpr (std::is_same_v<Theirs, Offered>) {
    return false;
  } else {
    static_assert(
        requires(Theirs method) { Guard<P, Function>::is_signature(method); },
        "a hook has another signature than its name says, see lib/plugin/hooks.hpp");
    return true;
  }
}

/// The hooks that P has, of `size`; how many they are is in `count`.
template <std::size_t size>
struct FoundHooks {
  std::array<HookEntry, size> list = {};
  std::size_t count = 0;
};

// Long only once the list of hooks is expanded.
template <class P, std::size_t size>
consteval FoundHooks<size> find_hooks() {  // NOLINT(readability-function-size)
  static_assert(std::is_base_of_v<BasicPlugin, P>, "a plugin derives from smtpd::Plugin");
  using Base = P::Offered;
  FoundHooks<size> found;
#define SMTPD_HOOK_FIND(hook_, ret, params)                                                 \
  if constexpr (requires { &Base::on_##hook_; }) {                                          \
    static_assert(requires { &P::on_##hook_; }, "on_" #hook_ " is private or overloaded");  \
    if constexpr (overrides<P, decltype(&P::on_##hook_), decltype(&Base::on_##hook_),       \
                            ret params>()) {                                                \
      if constexpr (size != 0) {                                                            \
        found.list[found.count] = {                                                         \
            .hook = Hook::hook_,                                                            \
            .thunk = Thunk{.hook_ = &Guard<P, ret params>::template call<&P::on_##hook_>}}; \
      }                                                                                     \
      ++found.count;                                                                        \
    }                                                                                       \
  } else {                                                                                  \
    static_assert(                                                                          \
        !requires { &P::on_##hook_; }, "on_" #hook_ " is none of the hooks of PluginWith"); \
  }
  SMTPD_HOOKS(SMTPD_HOOK_FIND)
#undef SMTPD_HOOK_FIND
  return found;
}
template <class P>
inline constexpr auto hook_list = find_hooks<P, find_hooks<P, 0>().count>().list;

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

/// Makes `class_`, a class derived from smtpd::Plugin or smtpd::PluginWith, the plugin `name_` of
/// config/plugins. At the end of its source file.
#define SMTPD_PLUGIN(class_, name_)                                        \
  static constexpr smtpd::PluginDescription smtpd_description_of_##class_{ \
      .name = name_,                                                       \
      .create = smtpd::detail::create<class_>,                             \
      .hooks = {smtpd::detail::hook_list<class_>.data(),                   \
                smtpd::detail::hook_list<class_>.size()}};                 \
  SMTPD_PLUGIN_EXPORT(class_)

}  // namespace smtpd
