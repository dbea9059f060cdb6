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

 private:
  void set_value(std::string_view name, Value value);
  void set_text(std::string_view name, std::string_view text);
  const Value* find(std::string_view name) const;

  std::map<std::string, Value, std::less<>> values_;
};

/// The project's own keys. Scope C: connection, T: transaction; then who sets -> who reads.
namespace note {
inline constexpr NoteKey<std::string> original_string{
    "original_string"};  // C core: the last command line
inline constexpr NoteKey<std::string> envelope_from{
    "envelope_from"};  // C core: the rest of the last MAIL line
inline constexpr NoteKey<std::string> envelope_rcpt{
    "envelope_rcpt"};  // C core: the rest of the last RCPT line
inline constexpr NoteKey<bool> disconnected{"disconnected"};  // C core: the disconnect hook has run
inline constexpr NoteKey<std::string> naughty{"naughty"};     // C deferred refusal -> naughty
inline constexpr NoteKey<std::string> naughty_reject_type{
    "naughty_reject_type"};                             // C deferred refusal -> naughty
inline constexpr NoteKey<bool> rejected{"rejected"};    // C deferred refusal -> karma
inline constexpr NoteKey<std::int64_t> karma{"karma"};  // C every checker -> karma
inline constexpr NoteKey<std::int64_t> karma_history{
    "karma_history"};  // C karma -> earlytalker: the higher the better
inline constexpr NoteKey<bool> whitelisthost{"whitelisthost"};      // C whitelist -> immunity
inline constexpr NoteKey<bool> whitelistsender{"whitelistsender"};  // T whitelist -> immunity
inline constexpr NoteKey<bool> whitelistclient{"whitelistclient"};  // C whitelist: WHITELISTCLIENT
inline constexpr NoteKey<bool> whitelisthelo{"whitelisthelo"};      // C whitelist
inline constexpr NoteKey<std::int64_t> whitelistrcpt{
    "whitelistrcpt"};  // T whitelist: how many recipients are listed -> greylisting
inline constexpr NoteKey<bool> discard_mail{"discard_mail"};  // T anyone -> discard_mail
inline constexpr NoteKey<bool> earlytalker{
    "earlytalker"};  // C earlytalker, pipeline_sync -> earlytalker
inline constexpr NoteKey<std::int64_t> earlytalker_wait{
    "earlytalker_wait"};  // C anyone -> earlytalker: seconds
inline constexpr NoteKey<std::int64_t> unrec_cmd_count{
    "unrec_cmd_count"};  // C count_unrecognized_commands
inline constexpr NoteKey<std::int64_t> count_relay_attempts{
    "count_relay_attempts"};  // C rcpt_ok_maxrelay
inline constexpr NoteKey<std::int64_t> random_fail_percent{
    "random_fail_%"};  // C random_error, anyone -> random_error: of messages
inline constexpr NoteKey<bool> exec_off{"exec_off"};    // C exec -> exec: A, no program any more
inline constexpr NoteKey<bool> exec_next{"exec_next"};  // C exec -> exec: N, none for this command
inline constexpr NoteKey<std::vector<std::string>> exec_variables{
    "exec_variables"};  // C exec -> exec: NAME=value of S
inline constexpr NoteKey<std::int64_t> exec_stages{
    "exec_stages"};  // C exec -> exec: bits of the stages that have a program
inline constexpr NoteKey<std::string> proxy_ip{
    "proxy_ip"};  // C proxy_protocol, stunnel: whose word the client's address is
inline constexpr NoteKey<std::string> proxy_server_name{
    "proxy_server_name"};  // C proxy_protocol: for whom the client asked the proxy (SNI)
inline constexpr NoteKey<std::string> proxy_tls_protocol{
    "proxy_tls_protocol"};  // C proxy_protocol: of the client's TLS, which ends at the proxy
inline constexpr NoteKey<std::string> proxy_tls_cipher{"proxy_tls_cipher"};  // C proxy_protocol
inline constexpr NoteKey<std::string> proxy_tls_common_name{
    "proxy_tls_common_name"};  // C proxy_protocol: of the client's certificate
inline constexpr NoteKey<std::int64_t> proxy_tls_verify{
    "proxy_tls_verify"};  // C proxy_protocol: 0 if that certificate is valid
inline constexpr NoteKey<std::vector<std::string>> xforward{
    "xforward"};  // C xclient: NAME=value of XFORWARD, for the next transaction
inline constexpr NoteKey<std::string> authuser{
    "authuser"};  // C auth/auth_checkpassword and others: whom their store knows -> anyone
}  // namespace note

}  // namespace smtpd
