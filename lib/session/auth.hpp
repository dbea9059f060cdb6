#pragma once
/// AUTH (RFC 4954): which mechanisms are offered, the dialogue of each, and what follows from it.
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/host/host.hpp"
#include "lib/plugin/conversation.hpp"
#include "lib/session/policy.hpp"
#include "lib/smtp/sasl.hpp"
#include "lib/smtp/scram.hpp"

namespace smtpd {

class Authenticator {
 public:
  /// Both outlive it.
  Authenticator(Host& host, Conversation& session) : host_(host), session_(session) {}

  /// The names for EHLO, those that a loaded plugin answers and that the line is private enough
  /// for.
  std::vector<std::string_view> offered();
  /// True if any mechanism is answered at all; without one there is no verb AUTH.
  bool exists();
  /// Serves one AUTH command. No reply: a plugin has answered, or the client is gone.
  Consequence run(const CommandLine& line);
  /// Writes the line of the log about an attempt that nothing can come of.
  void log_refused(const CommandLine& line, std::string_view why,
                   const std::optional<Reply>& reply);

 private:
  struct Mechanism;
  /// An exchange that ended before anybody was asked about it.
  struct Abort {
    std::optional<Reply> reply = {};
    std::string_view outcome = {};  ///< for the log
    std::string why = {};
    bool close = false;  ///< the session ends after the reply
  };
  template <class T>
  using Step = std::expected<T, Abort>;
  /// What became of a user's name and whatever proves it.
  struct AuthOutcome {
    std::string user;
    Result result;
  };
  using Initial = std::optional<std::string_view>;

  static const Mechanism mechanisms[];
  static const Mechanism* find(std::string_view name);
  static Abort malformed(std::string_view why);

  /// What plugins answer, leaving TLS out of account.
  const std::vector<const Mechanism*>& answered();
  /// True if somebody answers it on this connection, with the TLS that there is.
  bool answers(const Mechanism& mechanism);
  /// False if the mechanism would tell a secret to whoever listens, or all are barred without TLS.
  bool allowed(const Mechanism& mechanism);
  std::uint64_t setting(std::string_view key, std::uint64_t fallback);

  Step<AuthCommand> parse(const CommandLine& line);
  std::optional<Abort> out_of_place() const;
  Step<const Mechanism*> choose(const AuthCommand& command);
  Consequence conclude(const Mechanism& mechanism, const AuthOutcome& judged);
  void passed(const Mechanism& mechanism, std::string user);
  void failed(Consequence& consequence);
  /// For the log.
  struct Attempt {
    std::string_view outcome = {}, mechanism = {};
    const std::optional<Reply>& reply;
    std::string_view why = {}, user = {};
  };
  void log(const Attempt& attempt);

  /// Sends a challenge and gives the answer, both in clear here and in base64 on the wire.
  Step<std::string> ask(std::string_view challenge);
  Step<std::string> first_response(Initial initial);

  // auth_exchanges.cpp
  Step<AuthOutcome> plain(Initial initial);
  Step<AuthOutcome> login(Initial initial);
  Step<AuthOutcome> cram_md5(Initial initial);
  enum class Binding : std::uint8_t { none, exporter };
  Step<AuthOutcome> external(Initial initial);
  Step<AuthOutcome> scram_sha_1(Initial initial);
  Step<AuthOutcome> scram_sha_1_plus(Initial initial);
  Step<AuthOutcome> scram_sha_256(Initial initial);
  Step<AuthOutcome> scram_sha_256_plus(Initial initial);
  Step<AuthOutcome> scram(Digest digest, Binding binding, Initial initial);
  /// Why the client is refused for what it says about channel binding; empty if it is not.
  Step<std::string> agree(const sasl::ScramFirst& first, Binding binding) const;
  Step<AuthOutcome> oauthbearer(Initial initial);
  Step<AuthOutcome> xoauth2(Initial initial);
  struct Secret {
    std::optional<std::string> password = {};  ///< in clear
    std::string digest = {}, ticket = {};      ///< of CRAM-MD5
  };
  AuthOutcome judge(Hook hook, std::string user, Secret secret);
  Result digest_of(const std::string& user, const Secret& secret);
  Step<AuthOutcome> judge_token(sasl::Token token, std::string_view mechanism);
  struct ScramSubject;
  ScramSubject look_up(Digest digest, const std::string& user);
  std::string made_up_salt(Crypto& crypto, Digest digest, const std::string& user);

  Host& host_;
  Conversation& session_;
  std::optional<std::vector<const Mechanism*>> answered_;
  unsigned failures_ = 0;
};

}  // namespace smtpd
