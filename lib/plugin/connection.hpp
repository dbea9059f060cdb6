#pragma once
/// What is known about the client's connection, for the core and for plugins.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/crypto/tls_facts.hpp"
#include "lib/mail/authentication_results.hpp"
#include "lib/plugin/hook.hpp"
#include "lib/plugin/notes.hpp"
#include "lib/smtp/result.hpp"

namespace smtpd {

enum class Greeted { no, helo, ehlo };

/// What AUTH has come to.
struct Authentication {
  enum class State { none, failed, passed } state = State::none;
  std::string user;       ///< as the client gave it; empty before an attempt
  std::string mechanism;  ///< lower case
};

/// What each plugin answered last to each hook (qpsmtpd keeps the same in notes). Grows no further
/// than plugins times hooks.
class SMTPD_API HookResults {
 public:
  /// `plugin` is the name as in config/plugins; it outlives the results.
  void record(Hook hook, std::string_view plugin, Verdict verdict) {
    for (Entry& entry : entries_) {
      if (entry.hook == hook && entry.plugin == plugin) {
        entry.verdict = verdict;
        return;
      }
    }
    entries_.push_back({hook, plugin, verdict});
  }
  /// The last verdict of the plugin at the hook; none if it was not asked.
  std::optional<Verdict> of(std::string_view plugin, Hook hook) const {
    for (const Entry& entry : entries_) {
      if (entry.hook == hook && entry.plugin == plugin) return entry.verdict;
    }
    return {};
  }
  /// The first plugin that gave the hook this verdict; empty if none did.
  std::string_view plugin(Hook hook, Verdict verdict) const {
    for (const Entry& entry : entries_) {
      if (entry.hook == hook && entry.verdict == verdict) return entry.plugin;
    }
    return {};
  }

 private:
  struct Entry {
    Hook hook = Hook::connect;
    std::string_view plugin = {};
    Verdict verdict = Verdict::declined;
  };
  std::vector<Entry> entries_;
};

struct Connection {
  std::string remote_ip = "0.0.0.0";  ///< 0.0.0.0 when nothing names the client
  std::string remote_port;            ///< may be empty
  std::string remote_host =
      "unknown";  ///< a name, `[192.0.2.1]`, `[IPv6:2001:db8::1]` or `unknown`
  std::string remote_info = "unknown";  ///< `ident@host`, or the host
  std::string local_ip, local_port;     ///< may be empty
  bool named = false;  ///< something said who the client is; without it, it is never a relay client
  bool relay_client = false;  ///< may send to anywhere: set by relay and by AUTH
  bool scripted = false;      ///< descriptor 0 is a transcript piped in by hand
  bool probe = false;         ///< a balancer looks whether the server lives: no line at notice

  Greeted greeted = Greeted::no;
  std::string hello_host;
  std::optional<Tls> tls;
  Authentication authentication;

  Notes notes;
  HookResults results;  ///< of the hooks that belong to no transaction
  /// What is known of the client, for each of its messages; auth= comes by itself.
  AuthenticationResults authentication_results;

  /// The port that the super-server listens on, whatever a proxy says; may be empty.
  std::string listening_port;
};

}  // namespace smtpd
