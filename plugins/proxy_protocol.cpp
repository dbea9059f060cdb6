#include "plugins/proxy_protocol.hpp"

#include "lib/kit/client_name.hpp"
#include "lib/kit/lists.hpp"
#include "lib/mail/proxy_header.hpp"

namespace smtpd {
namespace {

/// What a proxy says of itself and others, for the log and for notes.
std::string bounded(std::string_view text) {
  constexpr std::size_t longest = 255;
  return printable(text.substr(0, longest));
}

}  // namespace

/// Takes the client's address from the PROXY header of a trusted proxy, before anything else
/// happens. See doc/plugins/proxy_protocol.md.
class ProxyProtocol final : public Plugin {
 public:
  explicit ProxyProtocol(PluginContext& ctx)
      : Plugin(ctx),
        trusted_(ctx, "proxy_trusted"),
        timeout_(ctx.args.duration("timeout", seconds(5))) {
    ctx.enforce();
    if (timeout_ <= milliseconds(0)) throw ConfigError("argument timeout is more than 0");
  }

  Result on_identify(Connection& conn) {
    const auto proxy = IpAddress::parse(conn.remote_ip);
    if (!conn.named || !proxy) return declined();
    const auto listed = trusted_.find(*proxy);
    if (!listed) return undecided(ctx(), listed.error());
    if (!*listed && trusted_.complete()) return declined();
    if (!*listed) {  // taken for a client, the proxy would lend its rights to everybody behind it
      return undecided(ctx(), {Errc::config, "proxy_trusted has a line that cannot be understood"});
    }
    io::ProxyReader reader;
    if (const auto problem = read(conn, reader)) return refused(conn, *problem);
    take(conn, reader.header());
    return declined();
  }

  void on_check() {
    trusted_.check();
    if (ctx().config("proxy_trusted").empty() && !ctx().has_map("proxy_trusted"))
      ctx().problem("proxy_trusted names no proxy, so that the plugin does nothing");
  }

 private:
  /// Reads the header and nothing behind it; a sentence if there is none.
  std::optional<std::string> read(Connection& conn, io::ProxyReader& reader) const {
    Conversation& session = ctx().conversation();
    const Deadline deadline = ctx().clock().after(timeout_);
    while (reader.state() == io::ProxyReader::State::more) {
      const auto octets = session.input(deadline);
      if (!octets) {
        conn.probe = reader.empty() && octets.error().code == Errc::closed;
        return (reader.empty() ? "there is none: " : "it is not complete: ") + octets.error().what;
      }
      session.consume(reader.feed(*octets));
    }
    if (reader.state() == io::ProxyReader::State::done) return {};
    return std::string(reader.problem());
  }

  Result refused(const Connection& conn, const std::string& why) const {
    log(conn.probe ? Level::info : Level::warn,
        "fail, PROXY header of " + conn.remote_ip + ": " + why);
    return deny_disconnect();
  }

  void take(Connection& conn, const io::ProxyHeader& header) const {
    using Kind = io::ProxyHeader::Kind;
    if (header.kind == Kind::local) {
      conn.probe = true;  // as long as it says nothing
      log(Level::info, "pass, " + conn.remote_ip + " speaks for itself");
      return;
    }
    const std::string proxy = conn.remote_ip;
    conn.notes.set(note::proxy_ip, proxy);
    if (header.kind == Kind::unknown) {
      // With the proxy's own address, a client that nobody knows might be a relay client.
      name_client(conn, {});
    } else {
      name_client(conn, {.ip = header.source, .port = header.source_port});
      conn.local_ip = header.destination;
      conn.local_port = header.destination_port;
    }
    std::string text = "pass, " + conn.remote_ip + " through " + proxy;
    if (!header.authority.empty()) {
      conn.notes.set(note::proxy_server_name, bounded(header.authority));
      text += ", to " + bounded(header.authority);
    }
    if (header.tls) text += take_tls(conn, *header.tls);
    log(Level::info, text);
  }

  /// What the log says of it.
  static std::string take_tls(Connection& conn, const io::ProxyTls& tls) {
    const std::string protocol = bounded(tls.protocol), cipher = bounded(tls.cipher);
    conn.notes.set(note::proxy_tls_protocol, protocol);
    conn.notes.set(note::proxy_tls_cipher, cipher);
    std::string text = ", " + protocol + ' ' + cipher;
    if (!tls.certificate) return text;
    const std::string name = bounded(tls.common_name);
    conn.notes.set(note::proxy_tls_common_name, name);
    conn.notes.set(note::proxy_tls_verify, std::int64_t{tls.verify});
    return text + ", certificate of " + name +
           (tls.verify == 0 ? ", valid" : ", not valid: " + std::to_string(tls.verify));
  }

  ClientList trusted_;
  milliseconds timeout_;
};

SMTPD_PLUGIN(ProxyProtocol, "proxy_protocol", identify, check)

}  // namespace smtpd
