#pragma once
/// The words behind a plugin's name in config/plugins, with typed getters.
#include <chrono>
#include <cstdint>
#include <expected>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.hpp"
#include "lib/base/duration.hpp"
#include "lib/base/export.hpp"
#include "lib/plugin/hooks.hpp"

namespace smtpd {

/// Positional words first, then pairs NAME VALUE (qpsmtpd's form). Take the positional ones before
/// any named one. Where a name is given twice the last one counts, as in qpsmtpd. The getters throw
/// ConfigError for malformed values; what no getter asked for is an error when the constructor has
/// ended. Views live as long as the plugin.
class SMTPD_API Arguments {
 public:
  explicit Arguments(std::vector<std::string> words)
      : words_(std::move(words)), taken_(words_.size(), false) {
    known_.reserve(8);  // most plugins ask for less
  }

  /// The next leading word; none if there is no word left.
  std::optional<std::string_view> positional() { return next(); }
  /// The next word of all that nothing has asked for yet: for plugins with an order of their own.
  std::optional<std::string_view> any_word();
  /// The next leading word as a whole number; `fallback` if the next word does not begin with a
  /// digit or a minus.
  std::int64_t leading_number(std::int64_t fallback, std::int64_t least, std::int64_t most) {
    return checked(next_number(fallback, least, most));
  }
  /// The value of a named argument; none if it is not there.
  std::optional<std::string_view> value(std::string_view name) { return checked(named(name)); }
  std::string text(std::string_view name, std::string_view fallback) {
    return std::string(value(name).value_or(fallback));
  }
  std::int64_t number(std::string_view name, std::int64_t fallback, std::int64_t least,
                      std::int64_t most) {
    return checked(named_number(name, fallback, least, most));
  }
  /// 1 0 yes no true false on off.
  bool flag(std::string_view name, bool fallback) { return checked(named_flag(name, fallback)); }
  /// One of `words`, any case, as spelt in `words`.
  std::string_view choice(std::string_view name, std::initializer_list<std::string_view> words,
                          std::string_view fallback) {
    return checked(named_choice(name, {words.begin(), words.size()}, fallback));
  }
  /// A number of seconds, with a fraction if need be (`0.5`), at most a day.
  milliseconds duration(std::string_view name, milliseconds fallback) {
    return checked(named_duration(name, fallback));
  }
  /// Every value of an argument that may be repeated, in order.
  std::vector<std::string_view> all(std::string_view name) { return checked(every(name)); }
  /// Lets `old_name` stand for `name`.
  void alias(std::string_view old_name, std::string_view name);
  /// Accepts an argument that has no effect, with a warning that says why.
  void ignored(std::string_view name, std::string_view why);

  /// A sentence about the first word that nothing asked for, if there is one. Called by the host
  /// behind the constructor.
  std::optional<std::string> complaint() const;
  /// Gives back what only complaint() needs. Called behind it.
  void forget_names() { known_ = std::vector<std::string_view>(); }
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  friend class PluginContext;
  using Text = std::optional<std::string_view>;
  /// Throws inside the plugin's own object, where its guard catches it.
  template <class T>
  static T checked(std::expected<T, std::string> result) {
    if (!result) throw ConfigError(std::move(result.error()));
    return std::move(*result);
  }
  Text next();
  std::expected<std::int64_t, std::string> next_number(std::int64_t fallback, std::int64_t least,
                                                       std::int64_t most);
  std::expected<Text, std::string> named(std::string_view name);
  std::expected<std::int64_t, std::string> named_number(std::string_view name,
                                                        std::int64_t fallback, std::int64_t least,
                                                        std::int64_t most);
  std::expected<bool, std::string> named_flag(std::string_view name, bool fallback);
  std::expected<std::string_view, std::string> named_choice(
      std::string_view name, std::span<const std::string_view> choices, std::string_view fallback);
  std::expected<milliseconds, std::string> named_duration(std::string_view name,
                                                          milliseconds fallback);
  std::expected<std::vector<std::string_view>, std::string> every(std::string_view name);
  /// What is wrong behind the pairs: `name` without a value.
  std::optional<std::string> alone(std::string_view name) const;

  std::vector<std::string> words_;
  std::vector<bool> taken_;
  std::size_t next_ = 0;  // index of the next positional word
  std::vector<std::string_view>
      known_;  // names that were asked for; the texts are the plugin's literals
  std::vector<std::string> warnings_;
};

}  // namespace smtpd
