#include <algorithm>
#include <array>
#include <utility>

#include "lib/base/text.hpp"
#include "lib/client/exchange.hpp"
#include "lib/kit/password_store.hpp"
#include "lib/kit/server_address.hpp"
#include "lib/kit/tls_client_settings.hpp"

namespace smtpd {
namespace {

constexpr std::size_t longest_password = 1024;

/// What NO may mean beside a wrong password (RFC 5530 3, RFC 9051 7.1).
constexpr std::array<std::string_view, 6> soft_codes{"UNAVAILABLE",     "SERVERBUG", "CONTACTADMIN",
                                                     "PRIVACYREQUIRED", "LIMIT",     "INUSE"};

/// A string may stand between quotes (RFC 9051 9, `quoted`).
bool is_quotable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < '\x7f'; });
}
std::string quoted(std::string_view text) {
  std::string made(1, '"');
  for (const char c : text) {
    if (c == '"' || c == '\\') made += '\\';
    made += c;
  }
  return made += '"';
}

/// A line that answers: its tag, its word, and the words in brackets behind that.
struct ImapLine {
  std::string_view tag, word, codes;
};
ImapLine parse_answer(std::string_view line) {
  const auto parts = words(line);
  ImapLine answer;
  if (!parts.empty()) answer.tag = parts[0];
  if (parts.size() > 1) answer.word = parts[1];
  if (parts.size() > 2 && parts[2].starts_with('[')) {
    const auto begin = static_cast<std::size_t>(parts[2].data() - line.data()) + 1;
    answer.codes = line.substr(begin, line.find(']', begin) - begin);
  }
  return answer;
}
bool names(std::string_view codes, std::string_view word) {
  return std::ranges::any_of(
      words(codes), [&](std::string_view each) { return equal_ignoring_case(each, word); });
}

/// One conversation with the server.
class Imap {
 public:
  Imap(PluginContext& ctx, Exchange talk, const TlsClientSettings& tls)
      : ctx_(ctx), talk_(std::move(talk)), tls_(tls) {}

  PasswordCheck log_in(const std::string& user, const std::string& password) {
    if (const auto greeted = greet(); !greeted) return std::unexpected(greeted.error());
    std::string command = "a2 LOGIN ";
    for (const std::string* const text : {&user, &password}) {
      if (text == &password) command += ' ';
      if (is_quotable(*text)) {
        command += quoted(*text);
        continue;
      }
      command += '{' + std::to_string(text->size()) + "}\r\n";
      if (const auto sent = talk_.say(command); !sent) return std::unexpected(sent.error());
      command = *text;
      const auto line = talk_.line();
      if (!line) return std::unexpected(line.error());
      if (!line->starts_with('+')) return outcome_of(judge_early(parse_answer(*line)));
    }
    if (const auto sent = talk_.say(command + "\r\n"); !sent) return std::unexpected(sent.error());
    const auto is_yes = conclude("a2");
    // RFC 9051 7.1.5: its good-bye is waited for; that it may fail matters to nobody.
    if (is_yes.value_or(false) && talk_.say("a3 LOGOUT\r\n")) [[maybe_unused]]
      const auto good_bye = talk_.line();
    return outcome_of(is_yes);
  }

 private:
  static PasswordCheck outcome_of(const std::expected<bool, Error>& is_yes) {
    if (!is_yes) return std::unexpected(is_yes.error());
    return *is_yes ? PasswordOutcome::accepted() : PasswordOutcome::unknown();
  }

  /// Hears the greeting and makes sure that the server would take a password.
  std::expected<void, Error> greet() {
    if (tls_.mode == "implicit") {
      if (const auto done = talk_.secure(ctx_.services().crypto, tls_.how); !done)
        return std::unexpected(done.error());
    }
    const auto line = talk_.line();
    if (!line) return std::unexpected(line.error());
    const ImapLine greeting = parse_answer(*line);
    if (greeting.tag != "*") return talk_.nonsense("it does not speak IMAP");
    if (equal_ignoring_case(greeting.word, "BYE")) return talk_.nonsense("it serves nobody now");
    if (!equal_ignoring_case(greeting.word, "OK"))
      return talk_.nonsense("it asks for no password");  // PREAUTH proves nothing
    const bool starts = tls_.mode == "starttls";
    if (starts) {
      if (auto started = start_tls(); !started) return started;
    }
    disabled_ = !starts && names(greeting.codes, "LOGINDISABLED");
    // What it has said of itself in clear is to be forgotten (RFC 9051 6.2.1).
    if (starts || !names(greeting.codes, "CAPABILITY")) {
      if (const auto sent = talk_.say("a1 CAPABILITY\r\n"); !sent)
        return std::unexpected(sent.error());
      const auto told = conclude("a1");
      if (!told) return std::unexpected(told.error());
      if (!*told) return talk_.nonsense("it does not say what it can");
    }
    if (disabled_) {
      return talk_.nonsense(tls_.mode == "no" ? "it takes no password without TLS"
                                              : "it takes no password");
    }
    return {};
  }

  std::expected<void, Error> start_tls() {
    if (const auto sent = talk_.say("a0 STARTTLS\r\n"); !sent) return std::unexpected(sent.error());
    if (!conclude("a0").value_or(false)) return talk_.nonsense("it does not begin with TLS");
    if (const auto done = talk_.secure(ctx_.services().crypto, tls_.how); !done)
      return std::unexpected(done.error());
    return {};
  }

  /// Reads up to the answer to the command with that tag. True: OK; false: NO.
  std::expected<bool, Error> conclude(std::string_view tag) {
    while (true) {
      const auto line = talk_.line();
      if (!line) return std::unexpected(line.error());
      const ImapLine answer = parse_answer(*line);
      if (answer.tag == tag || (answer.tag == "*" && equal_ignoring_case(answer.word, "BYE")))
        return judge(answer);
      if (answer.tag != "*") return talk_.nonsense("it answers another command");
      if (equal_ignoring_case(answer.word, "CAPABILITY") && names(*line, "LOGINDISABLED"))
        disabled_ = true;
    }
  }

  /// The server has not even heard all.
  std::expected<bool, Error> judge_early(const ImapLine& answer) const {
    const bool is_yes = answer.tag != "*" && equal_ignoring_case(answer.word, "OK");
    if (is_yes) return talk_.nonsense("it answers too early");
    return judge(answer);
  }

  std::expected<bool, Error> judge(const ImapLine& answer) const {
    if (answer.tag == "*") return talk_.nonsense("it serves nobody now");
    if (equal_ignoring_case(answer.word, "OK")) return true;
    if (!equal_ignoring_case(answer.word, "NO")) return talk_.nonsense("it does not understand");
    const auto* const code = std::ranges::find_if(
        soft_codes, [&](std::string_view each) { return names(answer.codes, each); });
    if (code != soft_codes.end())
      return talk_.nonsense("it cannot tell now: " + std::string(*code));
    return false;
  }

  PluginContext& ctx_;
  Exchange talk_;
  const TlsClientSettings& tls_;
  bool disabled_ = false;
};

}  // namespace

/// Logs in to an IMAP server. See doc/plugins/auth/auth_imap.md.
class AuthImap final : public PasswordStore {
 public:
  explicit AuthImap(PluginContext& ctx) : PasswordStore(ctx) {
    constexpr std::int64_t imap_port = 143, imaps_port = 993, highest_port = 65'535;
    tls_ = read_tls_client_settings(ctx, {"no", "starttls", "implicit"});
    const auto port =
        ctx.args.number("port", tls_.mode == "implicit" ? imaps_port : imap_port, 1, highest_port);
    const auto server = ServerAddress::at(ctx.args.text("server", "localhost"), port);
    if (!server) throw ConfigError("argument server: " + server.error().what);
    server_ = *server;
    timeout_ = ctx.args.duration("timeout", seconds(30));
  }

  void on_check() {
    if (tls_.mode == "no" || server_.is_socket()) check_daemon(ctx(), server_);
    check_tls_client_settings(ctx(), tls_);
  }

 private:
  PasswordCheck check(const std::string& user, const std::string& password) override {
    if (password.size() > longest_password)
      return PasswordOutcome::wrong("the password is too long");
    auto talk = open_exchange(ctx(), server_, {.deadline = ctx().clock().after(timeout_)});
    if (!talk) return std::unexpected(talk.error());
    return Imap(ctx(), *std::move(talk), tls_).log_in(user, password);
  }

  ServerAddress server_;
  milliseconds timeout_{};
  TlsClientSettings tls_;
};

SMTPD_PLUGIN(AuthImap, "auth/auth_imap", password, check)

}  // namespace smtpd
