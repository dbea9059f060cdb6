#pragma once
/// A session that changes nothing, and what somebody hears of it: `smtpd --simulate`.
#include <span>
#include <string>
#include <string_view>

namespace smtpd {

/// Hears which handlers run, what they answer, and what that rests on, in the order in which it
/// happens. Where there is one (Services::rehearsal), nothing is written, started or connected to,
/// and nobody waits for the client.
class Rehearsal {
 public:
  virtual ~Rehearsal() = default;
  struct Handler {
    std::string_view hook;    ///< `data_post`
    std::string_view plugin;  ///< as in config/plugins
    std::string_view place;   ///< `FILE:LINE` of its line
  };
  /// A handler runs; it may have others run in the middle.
  virtual void begins(const Handler& handler) = 0;
  virtual void ends() = 0;
  /// What the handler that has ended last has answered: `DENY`, and its text, which may be empty.
  virtual void answered(std::string_view verdict, std::string_view text) = 0;
  /// What the handler has found, in a list, a map or the DNS: `@spam.test`; and where, a file or
  /// `FILE:LINE`, which may be empty.
  virtual void found(std::string_view place, std::string_view what) = 0;
  /// Who would take a message to that recipient, and where it would go; nobody: an empty plugin.
  virtual void routed(std::string_view recipient, std::string_view plugin,
                      std::span<const std::string> places) = 0;
  /// What the handler would have done: `ask 127.0.0.1:10023`.
  virtual void left_out(std::string_view what) = 0;
};

}  // namespace smtpd
