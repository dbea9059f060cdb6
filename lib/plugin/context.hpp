#pragma once
/// What a plugin is given: its arguments, the configuration, the world around it.
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "lib/base/clock.hpp"
#include "lib/base/export.hpp"
#include "lib/crypto/crypto.hpp"
#include "lib/plugin/arguments.hpp"
#include "lib/plugin/conversation.hpp"
#include "lib/plugin/hooks.hpp"
#include "lib/services/config.hpp"
#include "lib/services/log.hpp"
#include "lib/services/services.hpp"
#include "lib/smtp/result.hpp"

namespace smtpd {

class Plugin;
class Host;

/// Where a handler that is added at run time stands in its chain.
enum class Place { back, front };

/// A plugin's name in qpsmtpd's escaped form, which its notes have: `queue/qmail-queue` ->
/// `queue::qmail_2dqueue`, `relay:1` -> `relay_3a1`.
SMTPD_API std::string qpsmtpd_name(std::string_view name);

/// A parent that lives inside a child plugin (see PluginContext::inherit).
class SMTPD_API Parent {
 public:
  Parent(Plugin* plugin, const HookList* hooks) : plugin_(plugin), hooks_(hooks) {}
  /// Calls the parent's handler; what it throws is thrown again as std::runtime_error. A hook that
  /// it lacks gives the default.
  template <Hook H, class... A>
  HookTraits<H>::Return call(A&&... arguments) const {
    using Return = HookTraits<H>::Return;
    if (!hooks_->listed.has(H)) return Return();
    auto outcome =
        (hooks_->thunk(H).*HookTraits<H>::member)(plugin_, std::forward<A>(arguments)...);
    if (outcome.thrown) throw std::runtime_error(outcome.thrown.text);
    if constexpr (!std::is_void_v<Return>) return std::move(*outcome.value);
  }

 private:
  Plugin* plugin_;
  const HookList* hooks_;
};

/// What the host tells a plugin and does for it. Lives as long as the plugin.
class SMTPD_API PluginContext {
 public:
  PluginContext(Host& host, std::string name, std::vector<std::string> words, LinePlace place);

  Arguments args;  ///< the words behind the plugin's name

  /// As in config/plugins, log lines and results of hooks: `relay`, `relay:1`, `queue/maildir`.
  const std::string& name() const { return name_; }
  /// For notes that qpsmtpd's plugins have too: its plugin_name(), `queue::qmail_2dqueue`.
  std::string plugin_name() const;
  /// `FILE:LINE` of the plugin's line.
  std::string where() const { return place_.text(); }

  // Configuration. An unreadable file or a bad flag is thrown as ConfigError: from a
  // constructor it refuses the session, from a decide hook it becomes a DENYSOFT, so that nothing
  // is decided from a list that could not be read.
  const std::vector<ConfigLine>& config(std::string_view key) { return *checked(find_config(key)); }
  std::optional<std::string> config_value(std::string_view key) {
    const auto& lines = config(key);
    return lines.empty() ? std::nullopt : std::optional(lines.front().text);
  }
  /// The key's first line, one of flag_words; `fallback` without a line.
  bool config_flag(std::string_view key, bool fallback) {
    return checked(find_flag(key, fallback));
  }
  struct AddressConfig {
    enum class Source { hook, user, site } source = Source::site;
    const std::vector<ConfigLine>* lines = nullptr;
  };
  /// The key for one recipient or sender: the first that exists of hook user_config and
  /// user/LOCAL@DOMAIN/KEY, the same without his detail, user/DOMAIN/KEY and the site's KEY, with
  /// the error as a value. The lines of the hook are valid until the next call, the others as long
  /// as the configuration.
  std::expected<AddressConfig, Error> find_config_for(const Address& address, std::string_view key);
  /// For on_check: the key's lines in each directory of user/ that has it, or the error.
  std::vector<std::expected<const std::vector<ConfigLine>*, Error>> every_user_config(
      std::string_view key);
  /// The address without its detail (config recipient_delimiter); none if it has none, or if a
  /// table of recipients has the address as it is (keep_whole). Whoever looks for an address looks
  /// for the whole one first. Errors: those of Config::delimiter.
  std::expected<std::optional<Address>, Error> without_detail(const Address& address);
  /// Says that the local part is somebody's name, delimiter and all, until the session ends.
  void keep_whole(const Address& address);
  /// As config(), with the error as a value.
  std::expected<const std::vector<ConfigLine>*, Error> find_config(std::string_view key);

  /// The value of `name` in the key's maps, the files KEY.cdb and KEY.lmdb; none if it is in none
  /// of them. A map that cannot be read is thrown as ConfigError.
  std::optional<std::string> lookup(std::string_view key, std::string_view name) {
    auto entry = checked(find_in_map(key, name));
    return entry ? std::optional(std::move(entry->value)) : std::nullopt;
  }
  /// The same with the map's file, and the error as a value.
  std::expected<std::optional<Config::Entry>, Error> find_in_map(std::string_view key,
                                                                 std::string_view name);
  bool has_map(std::string_view key);
  /// The directory of the configuration files.
  const std::string& config_directory() const;

  // Hooks.
  /// Leaves out a hook that the plugin has. Only in the constructor.
  void skip(Hook hook) { skipped_.add(hook); }
  bool skips(Hook hook) const { return skipped_.has(hook); }
  /// Adds a handler by itself (qpsmtpd's register_hook); `function` has the hook's parameters. Only
  /// in the constructor.
  template <Hook H, class F>
  void add(F function, Place place = Place::back) {
    auto closure = std::make_unique<F>(std::move(function));
    void* const self = closure.release();
    Thunk thunk;
    thunk.*HookTraits<H>::member = thunk_of<F>(typename HookTraits<H>::Type());
    add_handler(H, thunk, place,
                Closure(self, [](void* pointer) { delete static_cast<F*>(pointer); }));
  }
  /// Creates another plugin inside this one and gives it the hooks that this one leaves alone
  /// (qpsmtpd's isa_plugin).
  Parent inherit(std::string_view name, std::vector<std::string> words = {}) {
    return checked(make_parent(name, std::move(words)));
  }
  /// Says that refusals of this plugin hold whatever `observe` says, because without them somebody
  /// could relay or a message could get lost. Only in the constructor.
  void enforce() { enforces_ = true; }
  /// Says that this plugin's hook queue keeps what REQUIRETLS promises
  /// (Transaction::transport_tls): it delivers the message finally on this machine, hands it on
  /// with the obligation, or refuses it. Where a queue plugin has not said so, such a message is
  /// refused in its place with 550 5.7.30. Only in the constructor.
  void keep_require_tls() { keeps_require_tls_ = true; }
  bool keeps_require_tls() const { return keeps_require_tls_; }
  /// Says that this plugin listens for clients that talk before the greeting, so that none is
  /// invited to (config pipelining_connect_advertise_hosts). Only in the constructor.
  void listen_before_greeting();
  /// True if refusals of this plugin are only logged (config and argument observe).
  bool observes() const;
  /// For a plugin's hook rcpt: puts others in the place of the recipient that it is asked about.
  /// The plugins after this one judge each of them as if the client had named him. Returns what the
  /// hook is to answer: OK if somebody is left; a refusal for now, also if only one target got it,
  /// since nobody would try again for him alone; `450 4.2.4` if nobody is left.
  Result replace_recipient(Transaction& txn, std::span<const Address> targets,
                           const Parameters& parameters);
  /// Lets MAIL (or RCPT) carry this ESMTP parameter, which the plugin announces through
  /// capabilities.
  void accept_parameter(Hook mail_or_rcpt, std::string_view keyword);

  // The world.
  /// Clock, environment, connections, programs, cryptography. Every wait has a deadline:
  /// `clock().after(seconds(5))`.
  Services& services() const;
  const Clock& clock() const { return services().clock; }
  /// Questions to the DNS (include lib/services/resolver.hpp), loaded by the first call: ask for it
  /// where something is asked, and not in the constructor. Config `resolver` that is wrong, and a
  /// library that is missing, are thrown as ConfigError.
  dns::Resolver& resolver() { return *checked(find_resolver()); }
  /// The same, with the error as a value.
  std::expected<dns::Resolver*, Error> find_resolver();
  Connection& connection();
  /// The session; only from hooks, the session begins after the constructors.
  Conversation& conversation() {
    Conversation* const found = find_conversation();
    if (!found) throw std::logic_error("there is no session yet");
    return *found;
  }
  /// The name of this server (config me).
  const std::string& me() const;
  /// The most verbose level of a logging plugin: its argument loglevel, else config loglevel or the
  /// option.
  Level log_level() const;
  /// A logging plugin's most verbose level; lines that no logger wants are not even made.
  void wants_log(Level level) { wanted_log_ = level; }
  void log(Level level, std::string_view text);
  /// Reports something in the configuration that the administrator has to mend, with the file and
  /// the line where it stands (ConfigLine::where). Only in on_check.
  void problem(std::string_view text);
  /// True if somebody would see a line of that level: for texts that cost something to make.
  bool logs(Level level) const;
  /// For a rehearsal (`smtpd --simulate`): what a decision of this plugin rests on, and where that
  /// stands, which may be empty. Lists, maps and the DNS tell it by themselves. Costs nothing in a
  /// session.
  void found(const ConfigLine& line) const;
  void found(std::string_view place, std::string_view what) const;
  /// True in a rehearsal, in which nothing may change: the plugin leaves out what it says here,
  /// `ask 127.0.0.1:10023`, and answers as if it had no opinion.
  bool rehearses(std::string_view what) const;
  /// A new empty file or directory (mode 0700) in the spool directory, removed with the
  /// transaction. Errors: io, config.
  std::expected<std::string, Error> temp_file();
  std::expected<std::string, Error> temp_dir();

 private:
  friend class Host;
  using Closure = std::unique_ptr<void, void (*)(void*)>;
  template <class F, class R, class... A>
  static auto thunk_of(Outcome<R> (*)(void*, A...) noexcept) {
    return +[](void* self, A... arguments) noexcept -> Outcome<R> {
      return guarded<R>(
          [&]() -> R { return (*static_cast<F*>(self))(std::forward<A>(arguments)...); });
    };
  }
  Conversation* find_conversation();
  /// What belongs to this address alone; none if nothing does.
  std::expected<std::optional<AddressConfig>, Error> own_config(const Address& address,
                                                                std::string_view key);
  template <class T>
  static T checked(std::expected<T, Error> result) {
    if (!result) throw ConfigError(std::move(result.error().what));
    return std::move(*result);
  }
  std::expected<bool, Error> find_flag(std::string_view key, bool fallback);
  std::expected<Parent, Error> make_parent(std::string_view name, std::vector<std::string> words);
  void add_handler(Hook hook, Thunk thunk, Place place, Closure closure);
  std::expected<std::string, Error> temporary(
      std::string_view what,
      std::expected<std::string, Error> (*make)(const std::string& directory));
  /// Reads the arguments that every plugin has; a sentence about the one that is wrong, if any.
  std::optional<std::string> read_common_arguments();
  /// The argument loglevel: `3` replaces, `+1` and `-1` shift every level.
  std::optional<std::string> read_log_level();
  std::optional<std::string> read_observe();
  Level adjusted(Level level) const;

  Host& host_;
  struct HookLines {
    std::string place;  // the ConfigLine::file of all
    std::vector<ConfigLine> lines;
  };
  std::unique_ptr<HookLines> hook_lines_;  // of the last find_config_for
  std::string name_;
  LinePlace place_;
  HookSet skipped_;
  std::optional<int> log_level_;
  int log_shift_ = 0;
  bool enforces_ = false;
  bool keeps_require_tls_ = false;
  bool told_to_observe_ = false;  // by the argument
  Level wanted_log_ = Level::debug;
};

}  // namespace smtpd
