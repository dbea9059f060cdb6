#pragma once
/// Notes: what one plugin tells another about a connection or a transaction.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lib/base/export.hpp"

namespace smtpd {

/// A typed key. T is bool, std::int64_t, std::string or std::vector<std::string>.
template <class T>
struct NoteKey {
  std::string_view name;
};

/// Notes by name. A name that was set with another type counts as not set for the reader of the
/// wrong type.
class SMTPD_API Notes {
 public:
  using Value = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

  template <class T>
  void set(NoteKey<T> key, T value) {
    set_value(key.name, Value(std::move(value)));
  }
  void set(NoteKey<std::string> key, std::string_view value) { set_text(key.name, value); }
  void set(NoteKey<std::int64_t> key, int value) {
    set_value(key.name, Value(std::int64_t{value}));
  }

  /// The note, or nullptr. Valid until the note is set again or erased.
  template <class T>
  const T* get(NoteKey<T> key) const {
    const Value* value = find(key.name);
    return value ? std::get_if<T>(value) : nullptr;
  }
  /// True if the note is set and is neither false, 0 nor empty (qpsmtpd's "true").
  template <class T>
  bool has(NoteKey<T> key) const {
    const T* value = get(key);
    if (!value) return false;
    if constexpr (requires { value->empty(); }) {
      return !value->empty();
    } else {
      return *value != T{};
    }
  }
  void erase(std::string_view name);
  /// The note as text, for logs and bridges; none if it is not set. Lists are joined by "; ".
  std::optional<std::string> text(std::string_view name) const;
  /// Of all that are set, in alphabetical order.
  std::vector<std::string> names() const;

 private:
  void set_value(std::string_view name, Value value);
  void set_text(std::string_view name, std::string_view text);
  const Value* find(std::string_view name) const;

  std::map<std::string, Value, std::less<>> values_;
};

/// The keys that the core itself sets or reads, of the connection. Those of plugins are declared
/// beside the plugin that sets them; doc/hooks.md lists them all.
namespace note {
inline constexpr NoteKey<std::string> original_string{"original_string"};  // the last command line
inline constexpr NoteKey<std::string> envelope_from{
    "envelope_from"};  // the rest of the last MAIL line
inline constexpr NoteKey<std::string> envelope_rcpt{
    "envelope_rcpt"};                                         // the rest of the last RCPT line
inline constexpr NoteKey<bool> disconnected{"disconnected"};  // the disconnect hook has run
inline constexpr NoteKey<std::string> naughty{
    "naughty"};  // Checker: a deferred refusal -> naughty; AUTH forgets it
}  // namespace note

}  // namespace smtpd
