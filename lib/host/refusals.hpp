#pragma once
/// What plugins have refused in a session, for the line at its end.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lib/plugin/hook.hpp"
#include "lib/smtp/result.hpp"

namespace smtpd {

/// Counts refusals by hook, plugin and verdict. A client can cause many of them; what is kept is
/// bounded.
class Refusals {
 public:
  /// `plugin` is the name as in config/plugins; it outlives the list.
  void record(Hook hook, std::string_view plugin, Verdict verdict);
  /// A plugin has answered the client itself.
  void answered(std::string_view plugin) { last_ = plugin; }
  /// The plugin that has refused or answered last since forget_last(); empty: none.
  std::string_view last() const { return last_; }
  void forget_last() { last_ = {}; }
  /// `HOOK/PLUGIN/VERDICT` with commas between, in the order in which they came; `*N` behind one
  /// that came N times, `+N` at the end for N that found no room. Empty without refusals.
  std::string text() const;

 private:
  static constexpr std::size_t most_kinds = 8;
  struct Entry {
    Hook hook = Hook::connect;
    std::string_view plugin = {};
    Verdict verdict = Verdict::deny;
    std::size_t count = 0;
  };
  std::vector<Entry> entries_;
  std::size_t others_ = 0;
  std::string_view last_;
};

}  // namespace smtpd
