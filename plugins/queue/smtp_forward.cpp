#include <algorithm>
#include <vector>

#include "lib/base/text.hpp"
#include "lib/client/smtp_client.hpp"
#include "lib/kit/tls_client_settings.hpp"
#include "lib/plugin/plugin.hpp"
#include "plugins/queue/message_needs.hpp"
#include "plugins/queue/next_servers.hpp"

namespace smtpd {
namespace {

using ReplyOrError = std::expected<ServerReply, Error>;

bool is_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

/// Of XCLIENT; empty if it is not known, none if there is no such attribute here.
std::optional<std::string> value_of(std::string_view attribute, const Connection& conn) {
  const bool named = conn.remote_host != "unknown" && !conn.remote_host.starts_with('[');
  const bool v6 = conn.remote_ip.find(':') != conn.remote_ip.npos;
  if (equal_ignoring_case(attribute, "NAME")) return named ? conn.remote_host : "";
  if (equal_ignoring_case(attribute, "ADDR")) return (v6 ? "IPV6:" : "") + conn.remote_ip;
  if (equal_ignoring_case(attribute, "PORT")) return conn.remote_port;
  if (equal_ignoring_case(attribute, "HELO")) return conn.hello_host;
  if (equal_ignoring_case(attribute, "PROTO"))
    return conn.greeted == Greeted::ehlo ? "ESMTP" : "SMTP";
  return {};
}

/// With the attributes that the server offers, in lines that are not too long; none if it offers
/// none.
std::vector<std::string> xclient_lines(const ServerOffers& offers, const Connection& conn) {
  constexpr std::size_t longest = 500;
  std::vector<std::string> lines;
  for (const std::string_view attribute : offers.of("XCLIENT")) {
    const auto value = value_of(attribute, conn);
    if (!value) continue;
    std::string word = ' ' + std::string(attribute) + '=';
    word += value->empty() ? "[UNAVAILABLE]" : encode_xtext(*value);
    if (lines.empty() || lines.back().size() + word.size() > longest) lines.emplace_back("XCLIENT");
    lines.back() += word;
  }
  return lines;
}

/// ` KEYWORD=VALUE` as the client sent it.
void carry_on(std::string& line, const Parameters& sent, std::string_view keyword) {
  const Parameter* const found = sent.find(lower(keyword));
  if (found && found->value) line.append(" ").append(keyword).append("=").append(*found->value);
}

void append_notify(std::string& line, const RecipientReport& report) {
  if (!report.said) return;
  std::string when = report.never ? "NEVER" : "";
  const auto add = [&](bool wanted, std::string_view word) {
    if (wanted) when.append(when.empty() ? "" : ",").append(word);
  };
  add(report.success, "SUCCESS");
  add(report.failure, "FAILURE");
  add(report.delay, "DELAY");
  line += " NOTIFY=" + when;
}

/// A refusal with the server's codes. Its 421 is 451: this server does not close.
Result refusal(std::string text, const ServerReply& reply) {
  constexpr int closing = 421, trouble = 451;
  const EnhancedCode unsaid{reply.permanent() ? 5 : 4, 0, 0};
  return {.verdict = reply.permanent() ? Verdict::deny : Verdict::denysoft,
          .text = text,
          .reply = Reply{reply.code == closing ? trouble : reply.code,
                         reply.enhanced.value_or(unsaid), std::move(text)}};
}

}  // namespace

/// Hands each message to another server while the client waits. See
/// doc/plugins/queue/smtp_forward.md.
class SmtpForward final : public Plugin {
 public:
  explicit SmtpForward(PluginContext& ctx) : Plugin(ctx) {
    ctx.enforce();
    patience_ = ctx.args.duration("timeout", seconds(60));
    if (patience_ <= milliseconds(0)) throw ConfigError("argument timeout is more than 0");
    tls_ = read_tls_client_settings(ctx, {"may", "no", "require"});
    if (tls_.how.verifies) ctx.keep_require_tls();
    const bool by_mx = ctx.args.flag("mx", false);
    const auto host = ctx.args.any_word();
    if (!host) throw ConfigError("it needs the address or the name of the next server");
    auto word = ctx.args.any_word();
    std::string_view port = "25";
    if (word && is_digit(word->front())) {
      port = *word;
      word = ctx.args.any_word();
    }
    tells_client_ = word == "xclient";
    if (word && !tells_client_)
      throw ConfigError("after the server come a port and xclient, not '" + printable(*word) +
                        '\'');
    const auto number = to_number(port);
    const auto server = ServerAddress::at(*host, static_cast<std::int64_t>(number.value_or(0)));
    if (!server || server->is_socket()) {
      throw ConfigError(
          "the next server is an address such as 192.0.2.25 or 2001:db8::25 or the name of a host, "
          "and a port is 1 to 65535, not '" +
          printable(*host) + ' ' + printable(port) + '\'');
    }
    if (by_mx && server->name().empty())
      throw ConfigError("argument mx: only a name has MX, not '" + printable(*host) + '\'');
    servers_ = {*server, by_mx ? NextServers::By::mx : NextServers::By::address};
  }

  Lines on_route(const Transaction&, const Address&) {
    Lines lines{"the next server " + servers_.text()};
    const auto servers = servers_.find(ctx(), ctx().clock().after(patience_));
    if (!servers) lines.push_back(servers.error().what);
    if (servers && servers->front().text() != servers_.text()) {
      for (const NextServer& each : *servers) lines.push_back(each.text());
    }
    return lines;
  }

  Result on_queue(Transaction& txn) {
    const auto needs = needs_of(txn);
    if (!needs) return unreadable(needs.error());
    const Deadline whole = ctx().clock().after(most_of_all);
    peer_ = servers_.text();
    const auto servers = servers_.find(ctx(), earlier(ctx().clock().after(patience_), whole));
    if (!servers) return unknown_address(servers.error());
    const std::string header =
        header_text(txn.header, needs->utf8 ? Charset::utf8 : Charset::ascii);
    Result result;
    for (std::size_t left = servers->size(); left > 0; --left) {
      const NextServer& server = (*servers)[servers->size() - left];
      peer_ = server.text();
      auto client = connect(server, left, whole);
      if (!client) {
        servers_.put_last(server.endpoint);
        result = trouble(client.error().what);
        continue;
      }
      result = forward(*client, {txn, header, *needs});
      if (result.verdict == Verdict::ok) txn.places.add(peer_);
      break;
    }
    return result;
  }

  void on_check() { check_tls_client_settings(ctx(), tls_); }

 private:
  // The client waits ten minutes for the answer to its message (RFC 5321 4.5.3.2.6).
  static constexpr milliseconds most_of_all{540'000}, patience_at_end{300'000};

  struct Message {
    const Transaction& txn;
    std::string_view header;
    const Needs& needs;
  };

  /// A server that has said that it is there; those that are `left` share the time. Errors: those
  /// of SmtpClient; also syntax, for another greeting.
  std::expected<SmtpClient, Error> connect(const NextServer& server, std::size_t left,
                                           Deadline whole) {
    const Clock& clock = ctx().clock();
    const auto share = duration_cast<milliseconds>((whole.when() - clock.now()) / left);
    const milliseconds patience = std::min(patience_, share);
    auto stream =
        ctx().services().dialer.dial(server.endpoint, earlier(clock.after(patience), whole));
    if (!stream) return std::unexpected(stream.error());
    SmtpClient client(*std::move(stream), clock, {.each = patience_, .whole = whole});
    const auto greeting = client.reply(patience);
    if (!greeting) return std::unexpected(greeting.error());
    if (greeting->code == 220) return client;
    client.quit();
    return std::unexpected(Error{Errc::syntax, "it greets with " + greeting->line()});
  }

  Result forward(SmtpClient& client, const Message& message) {
    std::string answer;  // to EHLO; empty after HELO
    if (const auto failed = say_hello(client, answer)) return *failed;
    const ServerOffers offers{answer};
    if (auto refused = what_it_lacks(offers, message)) return leave(client, *std::move(refused));
    if (auto failed = send_envelope(client, offers, message))
      return leave(client, *std::move(failed));
    return send_message(client, message);
  }

  /// None if all is well, as in what follows.
  std::optional<Result> say_hello(SmtpClient& client, std::string& answer) {
    auto failed = introduce(client, ctx().me(), answer);
    if (!failed) failed = secure(client, answer);
    if (!failed && tells_client_) failed = tell_client(client, answer);
    return failed;
  }

  /// EHLO or HELO; what the server offers replaces what `answer` has.
  std::optional<Result> introduce(SmtpClient& client, const std::string& own_name,
                                  std::string& answer) {
    answer.clear();
    auto hello = client.command("EHLO " + own_name);
    const bool extended = hello && hello->positive();
    if (hello && hello->permanent()) hello = client.command("HELO " + own_name);
    if (!hello) return trouble(hello.error().what);
    if (!hello->positive())
      return leave(client, trouble("it answers the greeting with " + hello->line()));
    const std::string_view name =
        std::string_view(hello->text).substr(0, hello->text.find_first_of(" \n"));
    if (equal_ignoring_case(name, ctx().me()))
      return leave(client, trouble("it is this server itself: it calls itself " + ctx().me()));
    if (extended) answer = std::move(hello->text);
    return {};
  }

  /// STARTTLS, where it is wanted and offered. What is offered and fails is trouble: to go on in
  /// clear would be what an attacker wants to hear.
  std::optional<Result> secure(SmtpClient& client, std::string& answer) {
    if (tls_.mode == "no") return {};
    if (!ServerOffers(answer).has("STARTTLS")) {
      if (!tls_.how.verifies) return {};
      return leave(client, trouble("it does not offer STARTTLS"));
    }
    CryptoSource& source = ctx().services().crypto;
    if (const auto crypto = source.get(); !crypto)
      return leave(client, trouble("no TLS: " + crypto.error().what));
    const ReplyOrError ready = client.command("STARTTLS");
    if (!ready) return trouble(ready.error().what);
    if (ready->code != 220)
      return leave(client, trouble("it answers STARTTLS with " + ready->line()));
    if (const auto done = client.secure(source, tls_.how); !done)
      return trouble("STARTTLS: " + done.error().what);
    return introduce(client, ctx().me(), answer);
  }

  /// XCLIENT: the next server hears who the client is, and begins anew (it is Postfix's).
  std::optional<Result> tell_client(SmtpClient& client, std::string& answer) {
    const std::vector<std::string> lines = xclient_lines(ServerOffers(answer), ctx().connection());
    if (lines.empty()) return leave(client, trouble("it does not offer XCLIENT"));
    for (const std::string& line : lines) {
      const ReplyOrError taken = client.command(line);
      if (!taken) return trouble(taken.error().what);
      if (taken->code != 220)
        return leave(client, trouble("it answers XCLIENT with " + taken->line()));
    }
    const std::string& name = ctx().connection().hello_host;
    return introduce(client, is_word(name) ? name : ctx().me(), answer);
  }

  std::optional<Result> what_it_lacks(const ServerOffers& offers, const Message& message) const {
    const Needs& needs = message.needs;
    const auto refused = [this](const char* text) {
      log(Level::notice, "fail, " + peer_ + ": " + text);
      return deny(text);
    };
    // Where the certificate is not looked at, the core asks nobody here.
    if (needs_tls(message) && !offers.has("REQUIRETLS"))
      return refused("The next server does not take REQUIRETLS (#5.7.30)");
    if (needs.utf8 && !offers.has("SMTPUTF8"))
      return refused("The next server does not take SMTPUTF8 (#5.6.7)");
    if (needs.eight_bit && !offers.has("8BITMIME"))
      return refused("The next server does not take 8-bit text (#5.6.3)");
    if (const auto most = offers.size(); most && needs.wire_size > *most)
      return refused("The next server does not take messages of this size (#5.3.4)");
    return {};
  }

  static bool needs_tls(const Message& message) {
    return message.txn.transport_tls == TransportTls::required;
  }

  std::optional<Result> send_envelope(SmtpClient& client, const ServerOffers& offers,
                                      const Message& message) {
    const Transaction& txn = message.txn;
    std::string line = "MAIL FROM:" + txn.sender->text();
    if (offers.has("SIZE")) line += " SIZE=" + std::to_string(message.needs.wire_size);
    if (message.needs.eight_bit) line += " BODY=8BITMIME";
    if (message.needs.utf8) line += " SMTPUTF8";
    if (needs_tls(message)) line += " REQUIRETLS";
    const bool reports = offers.has("DSN");
    if (reports) {
      using Return = MailReport::Return;
      if (txn.report.ret != Return::unsaid)
        line += txn.report.ret == Return::full ? " RET=FULL" : " RET=HDRS";
      carry_on(line, txn.sender_parameters, "ENVID");
    }
    const ReplyOrError answer = client.command(line);
    if (!answer) return trouble(answer.error().what);
    if (!answer->positive()) return refused("MAIL", *answer);
    return send_recipients(client, reports, message);
  }

  /// All of them, so that the answer names each that is refused. One that is refused keeps the
  /// message from all: the client gets one answer, and nobody here writes a report about the rest.
  std::optional<Result> send_recipients(SmtpClient& client, bool reports, const Message& message) {
    std::vector<ServerReply> refusals;
    std::string text;
    for (const Recipient& each : message.txn.recipients) {
      std::string line = "RCPT TO:" + each.address.text();
      if (reports) {
        append_notify(line, each.report);
        const Parameter* const original = each.parameters.find("orcpt");
        if (original && (message.needs.utf8 || !has_eight_bits(original->value.value_or(""))))
          carry_on(line, each.parameters, "ORCPT");
      }
      const ReplyOrError answer = client.command(line);
      if (!answer) return trouble(answer.error().what);
      if (answer->positive()) continue;
      log(Level::notice,
          "fail, " + peer_ + ": RCPT TO:" + each.address.text() + ": " + answer->line());
      constexpr std::size_t most = 20;  // lines of the reply
      if (refusals.size() < most)
        text += (text.empty() ? "" : "\n") + each.address.text() + ": " + answer->line();
      refusals.push_back(*answer);
    }
    if (refusals.empty()) return {};
    const auto permanent = std::ranges::find_if(refusals, &ServerReply::permanent);
    return refusal("The next server refuses recipients\n" + text,
                   permanent == refusals.end() ? refusals.front() : *permanent);
  }

  Result send_message(SmtpClient& client, const Message& message) {
    const ReplyOrError ready = client.command("DATA");
    if (!ready) return trouble(ready.error().what);
    if (ready->code != 354) return leave(client, refused("DATA", *ready));
    auto sent = client.send_text(message.header);
    if (sent) {
      const auto read = message.txn.body().each_piece([&](std::string_view text) {
        sent = client.send_text(text);
        return sent.has_value();
      });
      // Without its end, the server forgets what it has got.
      if (!read) return unreadable(read.error());
    }
    if (sent) sent = client.end_text();
    if (!sent) return trouble(sent.error().what);
    const ReplyOrError answer = client.reply(std::max(patience_, patience_at_end));
    if (!answer) {
      return trouble("no answer to the message, which it may have taken all the same: " +
                     answer.error().what);
    }
    if (!answer->positive()) return leave(client, refused("the message", *answer));
    const TlsStream* const tls = client.tls();
    log(Level::info,
        "queued by " + peer_ + (tls ? ", " + tls->facts().protocol : "") + ": " + answer->line());
    return leave(client, ok(message.txn.queued_text() + " (" + answer->line() + ')'));
  }

  /// The server's answer to a step, of which nothing but the class is not ours.
  Result refused(std::string_view step, const ServerReply& answer) const {
    if (answer.positive() || answer.code < 400)
      return trouble("it answers " + std::string(step) + " with " + answer.line());
    log(Level::notice, "fail, " + peer_ + ": " + std::string(step) + ": " + answer.line());
    return refusal("The next server refuses the message: " + answer.line(), answer);
  }

  /// Ours, or the server's with itself: the client comes again.
  Result trouble(const std::string& what) const {
    log(Level::error, "error, " + peer_ + ": " + printable(what));
    return denysoft("The next server cannot take the message now, try again later (#4.4.1)");
  }

  /// Nobody is known to whom it could go.
  Result unknown_address(const Error& error) const {
    log(Level::error, "error, " + peer_ + ": " + printable(error.what));
    return denysoft("The next server cannot be found now, try again later (#4.4.3)");
  }

  Result unreadable(const Error& error) const {
    log(Level::error, "error, the message cannot be read: " + error.what);
    return dsn::trouble("Internal error, try again later", error);
  }

  static Result leave(SmtpClient& client, Result result) {
    client.quit();
    return result;
  }

  NextServers servers_;
  std::string peer_;  // for the log: whom the message goes to
  milliseconds patience_{};
  bool tells_client_ = false;  // by XCLIENT
  TlsClientSettings tls_;
};

SMTPD_PLUGIN(SmtpForward, "queue/smtp_forward", route, queue, check)

}  // namespace smtpd
