/// `--simulate` and `--route-of`: a session that changes nothing, and what its replies rest on.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "lib/admin/admin.hpp"
#include "lib/admin/assembly.hpp"
#include "lib/admin/explanation.hpp"
#include "lib/admin/no_writing.hpp"
#include "lib/admin/simulated_client.hpp"
#include "lib/base/file.hpp"
#include "lib/base/terminal.hpp"
#include "lib/base/text.hpp"
#include "lib/base/unique_fd.hpp"
#include "lib/mail/trace.hpp"
#include "lib/server/peer.hpp"
#include "lib/server/setup.hpp"
#include "lib/session/session.hpp"

namespace smtpd {
namespace {

constexpr int exit_refused = 1, exit_for_now = 75, exit_usage = 2, exit_trouble = 111;

/// Connects to nobody.
class NobodyToDial final : public Dialer {
 public:
  explicit NobodyToDial(Rehearsal& rehearsal) : rehearsal_(rehearsal) {}
  std::expected<std::unique_ptr<io::Stream>, Error> dial(const io::Endpoint& endpoint,
                                                         Deadline) override {
    rehearsal_.left_out("connect to " + endpoint.text());
    return std::unexpected(Error{Errc::closed, "a simulation connects to nobody"});
  }

 private:
  Rehearsal& rehearsal_;
};

/// Runs nothing.
class NothingToRun final : public Programs {
 public:
  explicit NothingToRun(Rehearsal& rehearsal) : rehearsal_(rehearsal) {}
  std::expected<io::ProgramOutcome, Error> run(const io::Program& program) override {
    rehearsal_.left_out("run " + program.path);
    return std::unexpected(Error{Errc::io, "a simulation runs no program"});
  }

 private:
  Rehearsal& rehearsal_;
};

/// As a path in a command: with its brackets.
std::string as_path(const std::string& address) {
  return address.starts_with('<') ? address : '<' + address + '>';
}

/// One session.
class Simulation {
 public:
  Simulation(const Options& options, SimulatedClient client, Services& services)
      : options_(options),
        client_(std::move(client)),
        explanation_({conn_, [this] { return session_ ? session_->transaction() : nullptr; },
                      services.clock},
                     !client_.brief && may_use_colours()),
        dialer_(explanation_),
        programs_(explanation_),
        services_{services.clock, services.environment, nowhere_,          dialer_,
                  programs_,      services.crypto,      services.resolver, &explanation_},
        log_(nowhere_, services.clock) {}

  Printout run();
  Printout route(const std::string& address);

 private:
  ScriptedClient::Script script() const;
  void talk();
  Printout verdict();
  std::string outcome(const Exchanged& refused);
  void tell_route(const Exchanged& done);

  const Options& options_;
  SimulatedClient client_;
  Nowhere nowhere_;
  Connection conn_;
  Conversation* session_ = nullptr;
  bool asks_for_route_ = false;
  Explanation explanation_;
  NobodyToDial dialer_;
  NothingToRun programs_;
  Services services_;
  Log log_;
  std::optional<std::string> trouble_;  // of the configuration
  std::vector<Exchanged> exchanged_;
  std::map<std::string, Reason> reasons_;  // of each command that was refused
  Host* host_ = nullptr;                   // while it talks
};

ScriptedClient::Script Simulation::script() const {
  ScriptedClient::Script script;
  script.helo = client_.helo.value_or(
      !client_.sender ? ""
      : conn_.remote_host != "unknown"
          ? conn_.remote_host
          : '[' + std::string(conn_.remote_ip.find(':') == std::string::npos ? "" : "IPv6:") +
                conn_.remote_ip + ']');
  if (client_.sender) script.sender = as_path(*client_.sender);
  for (const std::string& each : client_.recipients) script.recipients.push_back(as_path(each));
  script.message = client_.message.value_or("");
  return script;
}

void Simulation::talk() {
  const Places places = find_config(options_, services_.environment);
  log_.forward_to(Level::info, [this](const LogRecord& record) {
    explanation_.logged(record);
    return true;
  });
  Config config(places.config, places.qmail, log_);
  Options who = options_;
  if (who.remote_ip == "0.0.0.0") who.remote_ip.reset();  // nothing names it
  identify(who, Environment(std::map<std::string, std::string>()), SocketAddresses(), conn_);
  if (!client_.local_port.empty()) conn_.local_port = conn_.listening_port = client_.local_port;
  if (client_.tls) conn_.tls = Tls{.protocol = "TLSv1.3", .cipher = "TLS_AES_256_GCM_SHA384"};
  ScriptedClient stream(script(),
                        {.step =
                             [this](std::string_view what) {
                               const bool is_of_route = what.starts_with("RCPT TO:");
                               explanation_.mute(asks_for_route_ ? !is_of_route : what == "QUIT");
                               explanation_.step(what);
                             },
                         .reply =
                             [this](const Exchanged& done) {
                               explanation_.reply(done.reply);
                               if (done.code >= 400) reasons_[done.said] = explanation_.reason();
                               if (asks_for_route_) tell_route(done);
                             },
                         .greeted =
                             [this] {
                               if (!client_.user) return;
                               conn_.authentication = {.state = Authentication::State::passed,
                                                       .user = *client_.user,
                                                       .mechanism = "plain"};
                               conn_.relay_client = true;
                               conn_.notes.erase(note::naughty.name);
                               explanation_.remark("taken as authenticated: " + *client_.user);
                             }});
  Host host({.config = config,
             .log = log_,
             .services = services_,
             .conn = conn_,
             .module_directory = module_directory,
             .plugin_dirs = options_.plugin_dirs,
             .loggers_are_silent = true,
             .client = &stream});
  if (const auto ready = prepare(options_, config, log_, host); !ready) {
    trouble_ = ready.error().what;
    return;
  }
  forbid_writing();
  explanation_.mute(asks_for_route_);
  explanation_.step("client " + conn_.remote_ip + " (" + conn_.remote_host + ") connects" +
                    (client_.tls ? ", with TLS" : ""));
  host_ = &host;
  run_session({host, stream, services_.environment},
              [this](Conversation& session) { session_ = &session; });
  session_ = nullptr;
  stream.end();
  host_ = nullptr;
  exchanged_ = stream.exchanged();
}

/// Of --route-of: the recipient was accepted, perhaps as others.
void Simulation::tell_route(const Exchanged& done) {
  const Transaction* const txn = session_ ? session_->transaction() : nullptr;
  if (!txn || done.code / 100 != 2) return;
  for (const Recipient& rcpt : txn->recipients) static_cast<void>(host_->route(*txn, rcpt.address));
}

std::string Simulation::outcome(const Exchanged& refused) {
  std::string text = refused.code / 100 == 4 ? "refused for now" : "refused for good";
  if (refused.code == 0) text = "closed without a word";
  if (refused.said != "connects") text += " at " + refused.said;
  const Reason& reason = reasons_[refused.said];
  text += reason.plugin.empty() ? ", by the server itself"
                                : ", by " + reason.plugin + " (" + reason.place + ')';
  if (!reason.found.empty()) text += ", because of " + reason.found;
  std::string_view reply = refused.reply;
  reply = reply.substr(0, reply.find('\r'));
  return text.append(": ").append(reply);
}

Printout Simulation::verdict() {
  if (trouble_) {
    return {.exit_code = exit_trouble,
            .complaints = "smtpd: the configuration is wrong, every client gets 421: " +
                          printable(*trouble_) + '\n'};
  }
  Page last(!client_.brief && may_use_colours());
  int code = 0;
  for (const Exchanged& each : exchanged_) {
    if (each.said == "QUIT" || (each.code != 0 && each.code < 400)) continue;
    const bool is_for_now = each.code / 100 == 4;
    last.line(0, outcome(each), is_for_now ? Page::Paint::yellow : Page::Paint::red);
    if (!is_for_now) code = exit_refused;
    if (is_for_now && code == 0) code = exit_for_now;
  }
  if (code == 0) {
    const std::vector<std::string>& routes = explanation_.routes();
    std::string text = "accepted";
    if (!routes.empty()) text += ": " + routes.front();
    if (routes.size() > 1) text += " (+" + std::to_string(routes.size() - 1) + ')';
    last.line(0, text, Page::Paint::green);
  }
  const std::string text = client_.brief ? "" : explanation_.page().text();
  return {.exit_code = code, .output = text + last.text()};
}

Printout Simulation::run() {
  if (client_.message) {
    const UniqueFd file(::open(client_.message->c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    auto text =
        file ? read_regular(file.get())
             : std::unexpected(Error{Errc::io, *client_.message + ": " + std::strerror(errno)});
    if (!text) {
      return {.exit_code = exit_usage,
              .complaints = "smtpd: --message: " + printable(text.error().what) + '\n'};
    }
    client_.message = *std::move(text);
  } else if (!client_.recipients.empty()) {
    client_.message = "From: " + as_path(*client_.sender) +
                      "\nTo: " + as_path(client_.recipients.front()) +
                      "\nSubject: a message made up by smtpd --simulate\nDate: " +
                      mail_date(services_.clock.wall()) +
                      "\nMessage-ID: <simulation@invalid>\n\nNobody has sent this.\n";
    explanation_.remark("there is no --message: a small one is made up");
  }
  talk();
  return verdict();
}

Printout Simulation::route(const std::string& address) {
  asks_for_route_ = true;
  client_.helo = "[0.0.0.0]";
  client_.sender = "<>";
  client_.recipients = {address};
  talk();
  return verdict();
}

}  // namespace

Printout simulate(const Options& options, const SimulatedClient& client, Services& services) {
  return Simulation(options, client, services).run();
}

Printout route_of(const Options& options, const std::string& address, Services& services) {
  return Simulation(options, {}, services).route(address);
}

}  // namespace smtpd
