#include <sys/random.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "lib/base/base64.hpp"
#include "lib/base/network.hpp"
#include "lib/base/text.hpp"
#include "lib/client/exchange.hpp"
#include "lib/kit/password_store.hpp"
#include "lib/kit/server_address.hpp"
#include "lib/smtp/sasl.hpp"

namespace smtpd {
namespace {

// Of a request Dovecot takes 8192 octets, in base64.
constexpr std::size_t longest_password = 4096;

/// A field of Dovecot's, which writes 1 and a letter in place of octets that would end it.
std::string unescaped(std::string_view field) {
  constexpr char escape = '\x01';
  constexpr std::string_view letters = "01trn";
  constexpr std::string_view meant("\0\x01\t\r\n", letters.size());
  std::string text;
  for (std::size_t i = 0; i < field.size(); ++i) {
    const auto letter = field[i] == escape && i + 1 < field.size() ? letters.find(field[i + 1])
                                                                   : std::string_view::npos;
    text += letter == letters.npos ? field[i] : meant[letter];
    if (letter != letters.npos) ++i;
  }
  return text;
}

/// The fields of an answer, behind its verb and its number; views into it.
class Fields {
 public:
  explicit Fields(std::vector<std::string_view> fields) : fields_(std::move(fields)) {}
  bool has(std::string_view word) const {
    return std::ranges::find(fields_, word) != fields_.end();
  }
  /// The value of NAME=VALUE; none if it is not there.
  std::optional<std::string> value(std::string_view name) const {
    for (const std::string_view field : fields_) {
      const auto equals = field.find('=');
      if (field.substr(0, equals) == name && equals != field.npos)
        return unescaped(field.substr(equals + 1));
    }
    return {};
  }

 private:
  std::vector<std::string_view> fields_;
};

/// Tells one client of Dovecot's from another, as long as both are connected. Process ids do not:
/// in containers that share the socket they are the same.
std::expected<std::string, Error> client_number() {
  constexpr std::uint32_t positive = 0x7fffffff;
  std::uint32_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number)
    return std::unexpected(system_error("getrandom"));
  return std::to_string(std::max(number & positive, std::uint32_t{1}));
}

/// RFC 4616, and what Dovecot is to know about the client.
std::string request_for(const Connection& conn, const std::string& user,
                        const std::string& password) {
  std::string request = "AUTH\t1\tPLAIN\tservice=smtp\tnologin";
  if (conn.tls) request += "\tsecured";
  const auto remote = IpAddress::parse(conn.remote_ip), local = IpAddress::parse(conn.local_ip);
  if (conn.named && remote) request.append("\trip=").append(remote->text());
  if (local) request.append("\tlip=").append(local->text());
  const std::string message = '\0' + user + '\0' + password;
  return request.append("\tresp=").append(to_base64(message)).append("\n");
}

/// Reads Dovecot's side of the handshake. Errors: syntax, those of Exchange::line.
std::expected<void, Error> greet(Exchange& dovecot) {
  bool first = true, plain = false;
  while (true) {
    const auto line = dovecot.line();
    if (!line) return std::unexpected(line.error());
    const auto fields = split(*line, '\t');
    if (first && (fields.size() < 3 || fields[0] != "VERSION"))
      return dovecot.nonsense("it does not speak Dovecot's protocol of authentication");
    if (first && fields[1] != "1")
      return dovecot.nonsense("it speaks version " + printable(fields[1].substr(0, 10)) +
                              " of the protocol, and not 1");
    first = false;
    if (fields[0] == "MECH" && fields.size() > 1 && equal_ignoring_case(fields[1], "PLAIN"))
      plain = true;
    if (fields[0] != "DONE") continue;
    if (!plain) return dovecot.nonsense("it does not offer the mechanism PLAIN");
    return {};
  }
}

/// Why the daemon has refused, for the log.
std::string reason_in(const Fields& fields) {
  std::string why = "unknown user or wrong password";
  if (fields.has("user_disabled"))
    why = "the user is disabled";
  else if (fields.has("pass_expired"))
    why = "the password has expired";
  if (const auto told = fields.value("reason"); told && !told->empty()) why += ": " + *told;
  return why;
}

}  // namespace

/// Asks Dovecot. See doc/plugins/auth/auth_dovecot.md.
class AuthDovecot final : public PasswordStore {
 public:
  explicit AuthDovecot(PluginContext& ctx) : PasswordStore(ctx) {
    const auto server = io::Endpoint::parse(ctx.args.text("server", "/run/dovecot/auth-client"));
    if (!server) throw ConfigError("argument server: " + server.error().what);
    server_ = *server;
    timeout_ = ctx.args.duration("timeout", seconds(30));
  }

  void on_check() { check_daemon(ctx(), server_); }

 private:
  PasswordCheck check(const std::string& user, const std::string& password) override {
    if (password.size() > longest_password)
      return PasswordOutcome::wrong("the password is too long");
    const auto number = client_number();
    if (!number) return std::unexpected(number.error());
    auto dovecot =
        Exchange::open(ctx().services(), server_, {.deadline = ctx().clock().after(timeout_)});
    if (!dovecot) return std::unexpected(dovecot.error());
    if (const auto sent = dovecot->say("VERSION\t1\t1\nCPID\t" + *number + '\n'); !sent)
      return std::unexpected(sent.error());
    if (const auto greeted = greet(*dovecot); !greeted) return std::unexpected(greeted.error());
    if (const auto sent = dovecot->say(request_for(ctx().connection(), user, password)); !sent)
      return std::unexpected(sent.error());
    const auto answer = dovecot->line();
    if (!answer) return std::unexpected(answer.error());
    return judge(*answer, *dovecot);
  }

  static PasswordCheck judge(std::string_view answer, const Exchange& dovecot) {
    auto words = split(answer, '\t');
    const std::string_view verb = words[0];
    if (words.size() < 2 || words[1] != "1" || (verb != "OK" && verb != "FAIL"))
      return dovecot.nonsense("its answer is neither OK nor FAIL");
    words.erase(words.begin(), words.begin() + 2);
    const Fields fields(std::move(words));
    if (verb == "FAIL") {
      if (fields.has("temp") || fields.value("code") == "temp_fail")
        return dovecot.nonsense("it cannot tell now");
      return PasswordOutcome::unknown(reason_in(fields));
    }
    auto user = fields.value("user");
    if (!user || !sasl::is_name(*user)) return dovecot.nonsense("it names no user");
    return PasswordOutcome::accepted(*std::move(user));
  }

  io::Endpoint server_;
  milliseconds timeout_{};
};

SMTPD_PLUGIN(AuthDovecot, "auth/auth_dovecot", password, check)

}  // namespace smtpd
