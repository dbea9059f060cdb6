#include "plugins/xclient.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "lib/base/text.hpp"
#include "lib/kit/client_name.hpp"
#include "lib/kit/lists.hpp"
#include "lib/smtp/report_parameters.hpp"

namespace smtpd {
namespace {

/// An attribute's value; empty: there is none, the client said [UNAVAILABLE] or [TEMPUNAVAIL].
using Value = std::optional<std::string>;

bool is_host(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_'; });
}
/// An address of XCLIENT: IPv4, or IPv6 behind `IPV6:`.
bool is_address(std::string_view text) {
  constexpr std::string_view prefix = "IPV6:";
  const bool v6 = starts_with_ignoring_case(text, prefix);
  const auto address = IpAddress::parse(text.substr(v6 ? prefix.size() : 0));
  return address && address->v6 == v6;
}
bool is_port(std::string_view text) { return to_number(text).value_or(65'536) <= 65'535; }
bool is_smtp(std::string_view text) {
  return equal_ignoring_case(text, "SMTP") || equal_ignoring_case(text, "ESMTP");
}
bool is_source(std::string_view text) {
  return equal_ignoring_case(text, "LOCAL") || equal_ignoring_case(text, "REMOTE");
}
bool is_word(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}
bool is_short_word(std::string_view text) { return is_word(text) && text.size() <= 64; }
bool is_text(std::string_view text) { return text == printable(text); }

struct Attribute {
  std::string_view name;
  bool (*fits)(std::string_view value);
  bool may_lack = true;  // may be [UNAVAILABLE]
};
enum Which { name, address, port, protocol, hello, login, own_address, own_port };
constexpr auto xclient_attributes = std::array{
    Attribute{"NAME", is_host},         Attribute{"ADDR", is_address},  Attribute{"PORT", is_port},
    Attribute{"PROTO", is_smtp, false}, Attribute{"HELO", is_word},     Attribute{"LOGIN", is_text},
    Attribute{"DESTADDR", is_address},  Attribute{"DESTPORT", is_port},
};
constexpr auto xforward_attributes = std::array{
    Attribute{"NAME", is_word},        Attribute{"ADDR", is_word}, Attribute{"PORT", is_port},
    Attribute{"PROTO", is_short_word}, Attribute{"HELO", is_word}, Attribute{"IDENT", is_word},
    Attribute{"SOURCE", is_source},
};

bool is_unavailable(std::string_view value) {
  return equal_ignoring_case(value, "[UNAVAILABLE]") || equal_ignoring_case(value, "[TEMPUNAVAIL]");
}

/// Which attributes a command has, in the order of their table; the others are not engaged.
template <std::size_t N>
using Given = std::array<std::optional<Value>, N>;

/// `NAME=value ...` in xtext. Errors: a sentence.
template <std::size_t N>
std::expected<Given<N>, std::string> parse(const CommandLine& command,
                                           const std::array<Attribute, N>& attributes) {
  constexpr std::size_t longest = 255;
  Given<N> given;
  const auto words = command.words();
  if (words.empty()) return std::unexpected("it has no attribute");
  for (const std::string_view word : words) {
    const auto equals = word.find('=');
    const auto* const found = std::ranges::find_if(attributes, [&](const Attribute& each) {
      return equal_ignoring_case(each.name, word.substr(0, equals));
    });
    if (found == attributes.end() || equals == word.npos)
      return std::unexpected("'" + printable(word.substr(0, 32)) + "' is no attribute");
    const std::string title(found->name);
    auto& place = given[static_cast<std::size_t>(found - attributes.begin())];
    if (place) return std::unexpected(title + " stands there twice");
    const std::string_view value = word.substr(equals + 1);
    if (found->may_lack && is_unavailable(value)) {
      place.emplace(std::nullopt);
      continue;
    }
    auto decoded = decode_xtext(value);
    if (!decoded || decoded->empty() || decoded->size() > longest || !found->fits(*decoded))
      return std::unexpected("the value of " + title + " is malformed");
    place.emplace(*std::move(decoded));
  }
  return given;
}

template <std::size_t N>
std::string announcement(std::string_view verb, const std::array<Attribute, N>& attributes) {
  std::string line(verb);
  for (const Attribute& each : attributes) line.append(" ").append(each.name);
  return line;
}

/// Without `IPV6:`.
std::string_view bare_address(std::string_view text) {
  return text.substr(starts_with_ignoring_case(text, "IPV6:") ? 5 : 0);
}

}  // namespace

/// Lets trusted proxies say who the client is (XCLIENT), and trusted filters whose message they
/// hand on (XFORWARD). See doc/plugins/xclient.md.
class Xclient final : public Plugin {
 public:
  explicit Xclient(PluginContext& ctx)
      : Plugin(ctx), clients_(ctx, "xclient_trusted"), forwarders_(ctx, "xforward_trusted") {
    ctx.enforce();
  }

  Lines on_capabilities(Connection& conn) {
    Lines lines;
    if (trusts(conn, clients_).value_or(false))
      lines.push_back(announcement("XCLIENT", xclient_attributes));
    if (trusts(conn, forwarders_).value_or(false))
      lines.push_back(announcement("XFORWARD", xforward_attributes));
    return lines;
  }

  Result on_unrecognized_command(Connection& conn, const CommandLine& command) {
    if (command.verb == "xclient") {
      if (auto refusal = refuse(conn, clients_)) return *std::move(refusal);
      const auto given = parse(command, xclient_attributes);
      return given ? become(conn, *given) : malformed(given.error());
    }
    if (command.verb == "xforward") {
      if (auto refusal = refuse(conn, forwarders_)) return *std::move(refusal);
      const auto given = parse(command, xforward_attributes);
      return given ? record(conn, *given) : malformed(given.error());
    }
    return declined();
  }

  void on_reset_transaction(Transaction& txn) { txn.connection().notes.erase(note::xforward.name); }

  void on_check() {
    clients_.check();
    forwarders_.check();
  }

 private:
  /// A client that has been named by XCLIENT has no more rights than its own address gives it: some
  /// proxies hand on whatever it sends. Errors: those of the list.
  std::expected<bool, Error> trusts(const Connection& conn, ClientList& list) const {
    const auto client = IpAddress::parse(conn.remote_ip);
    if (!conn.named || !client) return false;
    auto listed = list.find(*client);
    if (!listed) return std::unexpected(std::move(listed.error()));
    return listed->has_value();
  }

  /// Why the command is refused, if it is, whatever stands in it.
  std::optional<Result> refuse(const Connection& conn, ClientList& list) const {
    const auto trusted = trusts(conn, list);
    if (!trusted) return undecided(ctx(), trusted.error());
    if (!*trusted) {
      log(Level::notice, "fail, " + conn.remote_ip + " is not trusted");
      return done(Reply{.code = 550, .text = "You are not authorized to do that (#5.7.1)"});
    }
    if (ctx().conversation().transaction())
      return done(Reply{.code = 503, .text = "Not within a transaction (#5.5.1)"});
    return {};
  }

  Result malformed(const std::string& why) const {
    log(Level::info, "fail, " + why);
    return done(Reply{.code = 501, .text = "Syntax: " + why + " (#5.5.4)"});
  }

  Result become(Connection& conn, const Given<xclient_attributes.size()>& given) const {
    Conversation& session = ctx().conversation();
    const auto value = [&](Which which) { return given[which].value_or(Value()).value_or(""); };
    session.forget_client();
    const std::string ip = given[address] ? value(address) : conn.remote_ip;
    name_client(conn, {.ip = bare_address(ip), .port = value(port), .host = value(name)});
    if (given[own_address]) conn.local_ip = usual_ip(bare_address(value(own_address)));
    if (given[own_port]) conn.local_port = value(own_port);
    if (const std::string user = value(login); !user.empty()) {
      conn.authentication = {Authentication::State::passed, user, "xclient"};
      conn.relay_client = true;
    }
    log(Level::info, "pass, the client is " + conn.remote_host + " [" + conn.remote_ip + ']');
    auto reply = session.welcome();
    const bool may_greet = reply && reply->positive();
    if (const std::string host = value(hello); may_greet && !host.empty()) {
      const bool simple = equal_ignoring_case(value(protocol), "SMTP");
      if (auto refusal = session.take_hello(simple ? Greeted::helo : Greeted::ehlo, host))
        reply = std::move(refusal);
    }
    if (reply) session.send(*reply);  // as it is: a greeting has no enhanced code
    return done();
  }

  Result record(Connection& conn, const Given<xforward_attributes.size()>& given) const {
    const auto* const before = conn.notes.get(note::xforward);
    std::vector<std::string> all = before ? *before : std::vector<std::string>();
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (!given[i]) continue;
      const std::string title = std::string(xforward_attributes[i].name) + '=';
      std::erase_if(all, [&](const std::string& each) { return each.starts_with(title); });
      if (*given[i]) all.push_back(title + **given[i]);
    }
    std::string text = "pass, the message is of";
    for (const std::string& each : all) text.append(" ").append(each);
    log(Level::notice, all.empty() ? "pass, the message is the client's own" : text);
    conn.notes.set(note::xforward, std::move(all));
    return done(Reply{.code = 250, .text = "OK (#2.0.0)"});
  }

  ClientList clients_, forwarders_;
};

SMTPD_PLUGIN(Xclient, "xclient", capabilities, reset_transaction, unrecognized_command, check)

}  // namespace smtpd
