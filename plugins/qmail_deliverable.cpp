#include <algorithm>
#include <array>
#include <optional>

#include "lib/base/text.hpp"
#include "lib/client/http.hpp"
#include "lib/kit/lists.hpp"
#include "lib/kit/server_address.hpp"
#include "lib/plugin/checker.hpp"

namespace smtpd {
namespace {

constexpr seconds patience{5};  // for one answer

/// What the daemon says about an address.
enum DeliverableCode : std::uint64_t {
  undeliverable = 0x00,
  mailing_list = 0x14,
  no_connection = 0x2f
};
struct Meaning {
  std::uint64_t answer;
  std::string_view text;
};
constexpr auto meanings = std::array{Meaning{0x11, "permission failure"},
                                     Meaning{0x12, "program in dot-qmail"},
                                     Meaning{0x13, "bouncesaying"},
                                     Meaning{mailing_list, "ezmlm list"},
                                     Meaning{0x21, "group or world writable"},
                                     Meaning{0x22, "sticky home"},
                                     Meaning{0xf1, "normal delivery"},
                                     Meaning{0xf2, "vpopmail directory"},
                                     Meaning{0xf3, "vpopmail alias"},
                                     Meaning{0xf4, "vpopmail catch-all"},
                                     Meaning{0xf5, "vpopmail user"},
                                     Meaning{0xf6, "vpopmail qmail-ext"},
                                     Meaning{0xfe, "internal error of the daemon"},
                                     Meaning{0xff, "not local"}};

std::string meaning_of(std::uint64_t answer) {
  const auto* const found = std::ranges::find(meanings, answer, &Meaning::answer);
  return found == meanings.end() ? "answer " + std::to_string(answer) : std::string(found->text);
}

/// RFC 3986 2.1.
std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF", others = "-._~";
  std::string encoded;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (is_alnum(c) || others.find(c) != others.npos)
      encoded += c;
    else
      encoded.append({'%', digits[octet >> 4], digits[octet & 15]});
  }
  return encoded;
}

constexpr std::size_t most_octets = 8192;  // of an answer

/// In the same words wherever the answer ends too early or goes on for too long.
Error as_logged(Error error) {
  if (error.code == Errc::closed) error.what = "its answer has no number";
  if (error.code == Errc::too_long)
    error.what = "the answer has more than " + std::to_string(most_octets) + " octets";
  return error;
}

/// The number that the daemon answers with.
std::expected<std::uint64_t, Error> number_in(const HttpResponse& response) {
  constexpr int good = 200;
  if (response.status != good)
    return std::unexpected(Error{Errc::syntax, "its status is " + std::to_string(response.status)});
  const auto number = to_number(trim(response.body));
  if (!number) return std::unexpected(Error{Errc::syntax, "its answer has no number"});
  return *number;
}

/// `domain:relay` or `domain:relay:port` of qmail-remote(8); views into the line.
struct Route {
  std::string_view domain, relay;
};
Route split_route(std::string_view line) {
  const auto colon = std::min(line.find(':'), line.size());
  std::string_view relay = line.substr(std::min(colon + 1, line.size()));
  const auto bracket = relay.find(']');
  if (relay.starts_with('[') && bracket != relay.npos)
    relay = relay.substr(1, bracket - 1);
  else
    relay = relay.substr(0, relay.find(':'));
  return {line.substr(0, colon), relay};
}

}  // namespace

/// Refuses recipients for whom a qmail-deliverabled daemon knows no mailbox. See
/// doc/plugins/qmail_deliverable.md.
class QmailDeliverable final : public Checker {
 public:
  explicit QmailDeliverable(PluginContext& ctx) : Checker(ctx) {
    constexpr std::string_view routes = "smtproutes:";
    std::string_view server = ctx.args.value("server").value_or("127.0.0.1:8998");
    by_route_ = server.starts_with(routes);
    if (by_route_) server.remove_prefix(routes.size());
    const auto port = by_route_ ? to_number(server) : std::nullopt;
    const auto parsed = port ? ServerAddress::at("127.0.0.1", static_cast<std::int64_t>(*port))
                             : ServerAddress::parse(server);
    if (!parsed || parsed->is_socket()) {
      throw ConfigError(
          "argument server is a host and a port such as 127.0.0.1:8998, or smtproutes:8998, not '" +
          printable(server) + '\'');
    }
    server_ = *parsed;
    vpopmail_ext_ = ctx.args.flag("vpopmail_ext", false);
    defers_ = ctx.args.flag("defer_if_error", true);
  }

  Result on_rcpt(Transaction& txn, const Address& rcpt, const Parameters&) {
    if (immune(txn)) return declined();
    const std::string host = lower(rcpt.host_or(ctx().me()));
    const auto server = server_for(host);
    if (!server) return undecided(ctx(), server.error());
    if (!*server) return skipped(host + " has an empty route");
    if (ctx().rehearses("ask " + (*server)->text())) return declined();
    const auto answer = ask(**server, lower(rcpt.user()), host);
    if (!answer) return without_answer(**server, answer.error());
    return judge(*answer, txn, rcpt);
  }

  void on_check() {
    if (!by_route_) return;
    for (const ConfigLine& line : ctx().config("smtproutes")) {
      if (const auto server = server_of(line); !server) ctx().problem(server.error().what);
    }
  }

 private:
  using Server = std::expected<std::optional<ServerAddress>, Error>;

  /// Whom a line of smtproutes names; none if it names nobody. Errors: config.
  Server server_of(const ConfigLine& line) const {
    const std::string_view relay = split_route(line.text).relay;
    if (relay.empty()) return std::nullopt;
    auto server = ServerAddress::at(relay, server_.port());
    if (server && !server->is_socket()) return *std::move(server);
    return std::unexpected(Error{
        Errc::config, line.where() + ": '" + printable(relay) + "' is no address and no name"});
  }

  /// The daemon for a domain; none if nobody is to be asked. Errors: config.
  Server server_for(std::string_view host) {
    if (!by_route_) return server_;
    const auto& lines = ctx().config("smtproutes");
    // The domain, then `.parent` for each parent, then the line without a domain.
    for (std::string_view name = host;;) {
      const auto line = std::ranges::find_if(lines, [&](const ConfigLine& each) {
        return equal_ignoring_case(split_route(each.text).domain, name);
      });
      if (line != lines.end()) return server_of(*line);
      if (name.empty()) return server_;
      const auto dot = name.find('.', 1);
      name = dot == name.npos ? std::string_view() : name.substr(dot);
    }
  }

  std::expected<std::uint64_t, Error> ask(const ServerAddress& server, const std::string& user,
                                          const std::string& host) {
    auto answer = ask_for(server, user + '@' + host);
    const auto hyphen = user.find('-');
    const bool may_be_extension = vpopmail_ext_ && hyphen != user.npos && hyphen > 0;
    if (!answer || *answer != undeliverable || !may_be_extension) return answer;
    return ask_for(server, user.substr(0, hyphen) + '@' + host);
  }

  /// One question. Errors: those of dial and ask_http.
  std::expected<std::uint64_t, Error> ask_for(const ServerAddress& server,
                                              const std::string& address) {
    if (std::ranges::find(down_, server) != down_.end())
      return std::unexpected(Error{Errc::closed, "it gave no answer before"});
    const Deadline deadline = ctx().clock().after(patience);
    auto reached = reach(ctx(), server, deadline);
    if (!reached) return std::unexpected(reached.error());
    Exchange daemon(std::move(reached->stream), "", {.deadline = deadline, .octets = most_octets});
    const auto response =
        ask_http(daemon, {.target = "/qd1/deliverable?" + percent_encoded(address),
                          .fields = {{"Host", server.text()}}});
    if (!response) return std::unexpected(as_logged(response.error()));
    const auto number = number_in(*response);
    if (number && *number == no_connection)
      return std::unexpected(Error{Errc::io, "it has no connection itself"});
    return number;
  }

  /// A daemon that is down stays so for the connection: each further recipient would wait as long.
  Result without_answer(const ServerAddress& server, const Error& error) {
    if (std::ranges::find(down_, server) == down_.end()) down_.push_back(server);
    log(Level::error, "error, " + server.text() + " does not answer: " + error.what);
    if (!defers_) return declined();
    return denysoft("Temporary local problem, please try again later (#4.3.0)");
  }

  Result judge(std::uint64_t answer, const Transaction& txn, const Address& rcpt) const {
    if (answer == undeliverable) {
      adjust_karma(-1);
      return reject(dsn::no_such_user("Sorry, no mailbox by that name."), rcpt.text());
    }
    if (answer == mailing_list && txn.sender && txn.sender->is_null()) {
      adjust_karma(-1);
      return reject(deny("mailing lists do not accept null senders"), rcpt.text());
    }
    return passed(meaning_of(answer));
  }

  ServerAddress server_;  // with smtproutes: of domains without a line
  bool by_route_ = false, vpopmail_ext_ = false, defers_ = true;
  std::vector<ServerAddress> down_;
};

SMTPD_PLUGIN(QmailDeliverable, "qmail_deliverable", rcpt, check)

}  // namespace smtpd
