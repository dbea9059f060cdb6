#pragma once
/// Holds the plugins of a session and runs their hooks.
#include <algorithm>
#include <array>
#include <expected>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/host/refusals.hpp"
#include "lib/host/registry.hpp"
#include "lib/io/stream.hpp"
#include "lib/plugin/hooks.hpp"
#include "lib/plugin/plugin.hpp"
#include "lib/services/services.hpp"

namespace smtpd {

/// What the client hears of a plugin that has thrown. Empty at the hooks of AUTH, where a text is
/// for the log, which has the reason already.
std::string internal_error(Hook hook);

class Host {
 public:
  /// What the host works with; all of it outlives the host.
  struct Parts {
    Config& config;
    Log& log;
    Services& services;
    Connection& conn;
    std::function<std::string()>
        module_directory;  ///< of plugins that need outside libraries; its answer may be empty
    std::vector<std::string> plugin_dirs = {};  ///< before those of config plugin_dirs
    /// For an administrator's look: the logging plugins are loaded, and hear nothing.
    bool loggers_are_silent = false;
    io::Stream* client = nullptr;  ///< while it is waited for, answers of the DNS are taken
  };
  SMTPD_API explicit Host(const Parts& parts);
  SMTPD_API ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  /// Loads the logging plugins of config `logging`. Errors: config.
  SMTPD_API std::expected<void, Error> load_logging();
  /// Loads config `plugins` in its order. Every problem is logged; errors: config, when there was
  /// one.
  SMTPD_API std::expected<void, Error> load_plugins();
  /// Runs the hook check of all plugins, for `smtpd --check`. Each problem is logged at ERROR, also
  /// one that ends the hook of its plugin as a ConfigError. Returns how many there were.
  SMTPD_API std::size_t check();
  /// From now on plugins may reach the session.
  void begin(Conversation& conversation) { conversation_ = &conversation; }

  /// A plugin as it was loaded.
  struct Entry {
    const PluginContext& ctx;
    const PluginDescription& description;
  };
  /// All of them in the order of their loading; a parent stands before its child.
  SMTPD_API std::vector<Entry> plugins() const;
  /// One handler of a hook: whose it is, and the parent whose function it runs, or the same.
  struct HandlerEntry {
    const PluginContext& owner;
    const PluginContext& code;
    bool is_added = false;  ///< by the constructor (ctx.add)
  };
  /// The handlers of a hook in their order.
  SMTPD_API std::vector<HandlerEntry> handlers(Hook hook) const;

  bool has(Hook hook) const { return !chain(hook).empty(); }
  const std::vector<std::string>& accepted_parameters(Hook mail_or_rcpt) const;

  /// *decide*: the first result other than DECLINED. What throws is DENYSOFT, or DECLINED with
  /// `plugin_errors declined`. If all decline, the text of the last that gave one is kept. What
  /// each has answered is recorded in the results of the transaction that the hook gets, else in
  /// the connection's.
  template <Hook H, class First, class... A>
  Result decide(First&& first, A&&... arguments) {
    return has(H) ? ask<H>(chain(H), first, arguments...) : declined();
  }
  /// *provide*, *rewrite* and credentials: the first engaged value or refusal.
  template <Hook H, class... A>
  HookTraits<H>::Return first(A&&... arguments) {
    return has(H) ? ask_first<H>(arguments...) : typename HookTraits<H>::Return();
  }
  /// *collect*: the lines of all.
  template <Hook H, class... A>
  Lines collect(A&&... arguments);
  /// *observe*: all run.
  template <Hook H, class... A>
  void observe(A&&... arguments) {
    if (has(H)) tell<H>(arguments...);
  }
  /// The hook queue for a message that needs TLS on its way: the first plugin asked that does not
  /// keep that refuses it.
  Result queue_with_tls(Transaction& txn);
  /// The hook queue in a rehearsal: nobody is asked to take the message, but where it would go
  /// (hook route). OK if somebody would take it.
  Result rehearse_queue(Transaction& txn);
  /// Where a message to that recipient would go, line by line, and who would take it; empty if
  /// nobody would. A queue plugin without the hook route may take any.
  struct Route {
    const PluginContext* taker = nullptr;
    Lines places = {};
  };
  SMTPD_API Route route(const Transaction& txn, const Address& rcpt);
  /// queue_post: all run, anything but OK and DECLINED is logged.
  void queue_post(Transaction& txn);

  /// Of decide and rewrite hooks, since the session began.
  const Refusals& refusals() const { return refusals_; }
  /// Something new is judged: nobody has refused it yet.
  void forget_refuser() { refusals_.forget_last(); }

  /// True if a plugin looks for clients that talk before the greeting.
  bool listens_before_greeting() const { return listens_before_greeting_; }

  /// The resolver of this session, loaded by the first call. Errors: config, io.
  std::expected<dns::Resolver*, Error> resolver();
  /// The resolver's part in the end of a transaction, and where the client turns out to be another
  /// one.
  void end_questions_of_transaction();
  void forget_questions_of_client();

  Config& config() const { return parts_.config; }
  Log& log() const { return parts_.log; }
  Services& services() const { return parts_.services; }
  Connection& conn() const { return parts_.conn; }
  const std::string& me() const { return me_; }
  void set_me(std::string me) { me_ = std::move(me); }

 private:
  friend class PluginContext;
  struct Handler {
    void* self = nullptr;  // a Plugin, or the closure that was added
    Thunk thunk = {};
    PluginContext* owner = nullptr;
    std::optional<Place> added_at = {};  // by the owner's constructor; none: a plugin's own
  };
  using Chain = std::vector<Handler>;
  struct Loaded {
    std::unique_ptr<PluginContext> ctx;  // the plugin refers to it, so it goes last
    std::unique_ptr<Plugin> plugin;
    const PluginDescription* description = nullptr;
  };
  /// Names the hook and the plugin in log lines while a handler runs, as calls nest.
  class Running {
   public:
    Running(Host& host, Hook hook, PluginContext* owner);
    ~Running();

   private:
    Host& host_;
    std::optional<Hook> hook_;
  };

  Chain& chain(Hook hook) { return chains_[static_cast<std::size_t>(hook)]; }
  const Chain& chain(Hook hook) const { return chains_[static_cast<std::size_t>(hook)]; }
  // Most hooks have no handler: what asks those that there are is apart, so that a short session
  // touches fewer pages.
  template <Hook H, class First, class... A>
  Result ask(std::span<const Handler> handlers, First& first, A&... arguments);
  template <Hook H, class... A>
  HookTraits<H>::Return ask_first(A&... arguments);
  template <Hook H, class... A>
  void tell(A&... arguments);
  template <Hook H, class... A>
  auto call(const Handler& handler, A&&... arguments) {
    const Running running(*this, H, handler.owner);
    return (handler.thunk.*HookTraits<H>::member)(handler.self, std::forward<A>(arguments)...);
  }
  /// Logs and counts what a plugin's hook check has found.
  void report(const PluginContext& owner, std::string_view problem);
  /// Tells a rehearsal.
  void tell_answer(Verdict verdict, std::string_view text) const;
  /// Logs what a handler threw.
  void log_thrown(Hook hook, const Handler& handler, const Thrown& thrown);
  /// True if a refusal of this handler is only logged, and logs it. Queues and authentication are
  /// never observed: nothing else stands in for them.
  bool only_observed(Hook hook, const Handler& handler, const Refusal& refusal);
  /// Config observe.
  bool observing();
  void log_returned(Level level, Hook hook, const std::string& name, const std::string& what);
  static HookResults& results_of(Transaction& txn) { return txn.results; }
  HookResults& results_of(const Connection&) { return parts_.conn.results; }
  HookResults& results_of(const PreConnection&) { return parts_.conn.results; }
  /// The hook rcpt, asked of the plugins after `owner`.
  Result judge_recipient_after(const PluginContext& owner, Transaction& txn, const Address& rcpt,
                               const Parameters& parameters);
  /// Judges a decide handler's outcome: records it, tells the observers, gives the result.
  Result settle(Hook hook, const Handler& handler, Outcome<Result>&& outcome, HookResults& results);

  std::expected<void, Error> load_list(std::string_view key);
  std::expected<void, Error> load_line(const ConfigLine& line);
  /// Finds and constructs a plugin. Errors: config.
  std::expected<Loaded, Error> make(std::string name, std::vector<std::string> words,
                                    LinePlace place);
  std::expected<const PluginDescription*, Error> find(const std::string& name,
                                                      std::vector<std::string>& words);
  std::string construct(Loaded& loaded);
  void enlist(const HookList& hooks, Plugin& plugin, PluginContext& owner, HookSet without);
  /// Takes out the handlers of a plugin that could not be made.
  void forget(const PluginContext& owner);
  std::expected<const std::vector<std::string>*, Error> plugin_dirs();
  /// Config plugin_errors; never for authentication, where it would make an outage of a password
  /// store a wrong password.
  bool errors_decline(Hook hook);
  void use_providers();

  Parts parts_;
  std::array<Chain, hook_count> chains_;
  std::vector<Loaded> loaded_;
  std::vector<PluginContext::Closure> closures_;
  HookSet constructing_;  // the hooks of the plugin whose constructor runs
  std::optional<std::vector<std::string>> plugin_dirs_;
  std::vector<std::string> mail_parameters_, rcpt_parameters_;
  std::set<std::string, std::less<>> whole_;  // addresses in lower case, see keep_whole
  std::optional<bool> errors_decline_, observing_;
  Refusals refusals_;
  std::optional<Hook> hook_;  // that runs now
  std::size_t problems_ = 0;  // that the hook check has found
  std::string me_;
  Conversation* conversation_ = nullptr;
  dns::Resolver* resolver_ = nullptr;  // once somebody has asked
  bool listens_before_greeting_ = false;
};

template <Hook H, class First, class... A>
Result Host::ask(std::span<const Handler> handlers, First& first, A&... arguments) {
  HookResults& results = results_of(first);
  Result last = declined();
  for (const Handler& handler : handlers) {
    Result result = settle(H, handler, call<H>(handler, first, arguments...), results);
    if (result.verdict != Verdict::declined) return result;
    if (!result.text.empty()) last.text = std::move(result.text);
  }
  return last;
}

/// True for what is a value, nothing, or a refusal.
template <class Return>
inline constexpr bool is_refusable =
    std::is_same_v<Return, Rewrite> || std::is_same_v<Return, FoundCredentials>;

template <Hook H, class... A>
HookTraits<H>::Return Host::ask_first(A&... arguments) {
  using Return = HookTraits<H>::Return;
  for (const Handler& handler : chain(H)) {
    auto outcome = call<H>(handler, arguments...);
    if (outcome.thrown) {
      log_thrown(H, handler, outcome.thrown);
      if constexpr (is_refusable<Return>) {
        const Refusal refusal{Verdict::denysoft, internal_error(H)};
        if (!errors_decline(H) && !only_observed(H, handler, refusal)) {
          refusals_.record(H, handler.owner->name(), refusal.verdict);
          return std::unexpected(refusal);
        }
      }
      continue;
    }
    Return& value = *outcome.value;
    if constexpr (is_refusable<Return>) {
      if (!value && only_observed(H, handler, value.error())) continue;
      if (!value) {
        refusals_.record(H, handler.owner->name(), value.error().verdict);
        tell_answer(value.error().verdict, value.error().text);
      }
      if (!value || *value) return std::move(value);
    } else {
      if constexpr (requires { value->error(); }) {
        const bool refused = value && !*value;
        if (refused && only_observed(H, handler, {Verdict::deny, value->error()})) continue;
        if (refused) {
          refusals_.record(H, handler.owner->name(), Verdict::deny);
          tell_answer(Verdict::deny, value->error());
        }
      }
      if (value) return std::move(value);
    }
  }
  return Return();
}

template <Hook H, class... A>
Lines Host::collect(A&&... arguments) {
  Lines all;
  for (const Handler& handler : chain(H)) {
    auto outcome = call<H>(handler, arguments...);
    if (outcome.thrown) log_thrown(H, handler, outcome.thrown);
    if (outcome.value) std::ranges::move(*outcome.value, std::back_inserter(all));
  }
  return all;
}

template <Hook H, class... A>
void Host::tell(A&... arguments) {
  for (const Handler& handler : chain(H)) {
    const auto outcome = call<H>(handler, arguments...);
    if (outcome.thrown) log_thrown(H, handler, outcome.thrown);
  }
}

}  // namespace smtpd
