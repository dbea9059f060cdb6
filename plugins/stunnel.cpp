#include "lib/kit/client_name.hpp"
#include "lib/mail/proxy_header.hpp"
#include "lib/plugin/plugin.hpp"
#include "plugins/proxy_protocol.hpp"

namespace smtpd {

/// Takes the client's address from a PROXY line behind the greeting, from this machine. See
/// doc/plugins/stunnel.md.
class Stunnel final : public Plugin {
 public:
  explicit Stunnel(PluginContext& ctx) : Plugin(ctx), on_(ctx.args.flag("proxy", false)) {
    ctx.enforce();
    if (!on_) ctx.skip(Hook::unrecognized_command);
  }

  Result on_unrecognized_command(Connection& conn, const CommandLine& command) {
    if (command.verb != "proxy") return declined();
    if (!conn.named || conn.remote_ip != "127.0.0.1") return refused("not from 127.0.0.1");
    if (used_) return refused("a second line");
    if (conn.greeted != Greeted::no) return refused("behind the client's own greeting");
    io::ProxyReader reader;
    // As it came: the command in its parts has other blanks and another case.
    const std::string* const line = conn.notes.get(note::original_string);
    reader.feed(line ? *line + "\r\n" : "\r\n");
    if (reader.state() != io::ProxyReader::State::done) {
      return refused(reader.problem().empty() ? "it has no end" : reader.problem());
    }
    used_ = true;
    return take(conn, reader.header());
  }

  void on_check() {
    if (!on_) ctx().problem("without proxy on it does nothing");
  }

 private:
  Result refused(std::string_view why) const {
    log(Level::warn, "fail, " + std::string(why));
    return deny_disconnect("This PROXY line is not accepted");
  }

  /// What the connection was given by its address, 127.0.0.1 had; so all of that is asked again.
  Result take(Connection& conn, const io::ProxyHeader& header) const {
    Conversation& session = ctx().conversation();
    session.forget_client();
    conn.notes.set(note::proxy_ip, "127.0.0.1");
    name_client(conn, {.ip = header.source, .port = header.source_port});
    if (conn.named) {
      conn.local_ip = header.destination;
      conn.local_port = header.destination_port;
    }
    log(Level::info, "pass, " + conn.remote_ip + " through 127.0.0.1");
    const auto reply = session.welcome();
    if (reply && !reply->positive()) session.send(*reply);  // the client has its greeting already
    return done();
  }

  bool on_, used_ = false;
};

SMTPD_PLUGIN(Stunnel, "stunnel", unrecognized_command, check)

}  // namespace smtpd
