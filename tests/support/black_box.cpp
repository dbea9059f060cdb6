#include "tests/support/black_box.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <list>
#include <memory>
#include <utility>

#include "lib/base/text.hpp"
#include "lib/services/dns_settings.hpp"
#include "tests/support/connection.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/files.hpp"
#include "tests/support/peer_server.hpp"

namespace smtpd::transcript {
namespace {

/// The clients of one session: one, or one for each NAME, which comes with its first line.
class Clients {
 public:
  Clients(ServerProcess::Start start, Setting& setting, Connection::Limits limits)
      : start_(std::move(start)), setting_(setting), limits_(limits) {}

  std::expected<void, Failure> run(const Section& session, Record& record) {
    if (session.steps.empty()) {
      if (auto client = add("", session.line, record); !client)
        return std::unexpected(client.error());
    }
    for (std::span<const Step> steps = session.steps; !steps.empty();) {
      const auto client = find(steps.front(), record);
      if (!client) return std::unexpected(client.error());
      const auto taken = (*client)->perform(steps);
      if (!taken) return std::unexpected(taken.error());
      steps = steps.subspan(*taken);
    }
    for (Client& client : clients_) {
      if (auto finished = client.connection.finish(session.line); !finished) return finished;
    }
    return {};
  }

 private:
  struct Client {
    std::string name;
    Connection connection;
  };

  std::expected<Connection*, Failure> find(const Step& step, Record& record) {
    const auto found = std::ranges::find(clients_, step.who, &Client::name);
    return found != clients_.end() ? &found->connection : add(step.who, step.line, record);
  }

  std::expected<Connection*, Failure> add(const std::string& name, unsigned line, Record& record) {
    auto process = ServerProcess::start(start_);
    if (!process) return std::unexpected(Failure{line, process.error()});
    Dialogue dialogue(setting_.variables, record, name);
    clients_.push_back(
        {name, Connection(*std::move(process), std::move(dialogue), setting_, limits_)});
    return &clients_.back().connection;
  }

  ServerProcess::Start start_;
  Setting& setting_;
  Connection::Limits limits_;
  std::list<Client> clients_;
};

/// The servers that a session needs.
class Peers {
 public:
  std::expected<void, std::string> start(Setting& setting, std::chrono::milliseconds patience) {
    for (PeerScript& script : std::exchange(setting.peers, {})) {
      auto server = PeerServer::start(std::move(script), setting.variables, patience);
      if (!server) return std::unexpected(server.error());
      servers_.push_back(*std::move(server));
    }
    return {};
  }
  /// The first problem.
  std::optional<Problem> finish() {
    std::optional<Problem> first;
    for (const auto& server : servers_) {
      const auto problem = server->finish();
      if (!first) first = problem;
    }
    return first;
  }

 private:
  std::vector<std::unique_ptr<PeerServer>> servers_;
};

/// What may be asked of the DNS, and what was.
class Dns {
 public:
  std::expected<void, std::string> start(const Setting& setting) {
    if (auto reason = reason_to_refuse(setting)) return std::unexpected(*std::move(reason));
    if (!setting.dns) return {};
    auto server = DnsServer::start(*setting.dns, setting.dns_port);
    if (!server) return std::unexpected(server.error());
    server_ = *std::move(server);
    return {};
  }
  /// What was asked, or what went wrong.
  std::expected<std::vector<std::string>, std::string> finish(const Setting& setting) {
    if (!server_) {
      const std::string question = unread_question(setting.dns_port);
      if (!question.empty()) return std::unexpected(question);
      return std::vector<std::string>();
    }
    server_->finish();
    if (server_->dns().problem()) return std::unexpected(*server_->dns().problem());
    return server_->dns().asked();
  }

 private:
  /// No test asks a real resolver, whatever its configuration says.
  static std::optional<std::string> reason_to_refuse(const Setting& setting) {
    constexpr std::uint16_t real = 53;
    const SystemClock clock;
    StderrSink sink;
    Log log(sink, clock);
    Config config(setting.config_dir(), {}, log);
    const auto settings = dns::read_settings(config, "/nonexistent/resolv.conf");
    if (!settings) return {};  // the server asks nobody then
    for (const auto& server : settings->servers) {
      if (is_loopback(server.address) && server.port != real) continue;
      return "config resolver names a real server, and not 127.0.0.1:${dns}";
    }
    return {};
  }

  std::unique_ptr<DnsServer> server_;
};

/// A line that only a sanitizer writes.
bool is_sanitizer_report(std::string_view line) {
  constexpr std::array<std::string_view, 4> marks{"ERROR: AddressSanitizer", "ERROR: LeakSanitizer",
                                                  "WARNING: ThreadSanitizer", "runtime error:"};
  return std::ranges::any_of(marks,
                             [&](std::string_view mark) { return line.find(mark) != line.npos; });
}

}  // namespace

std::optional<std::string> BlackBox::reason_to_skip(const Transcript& transcript) const {
  if (is_only(transcript, "in-process")) return "in process only";
  if (has_step(transcript, [](const Step& step) { return step.action == Action::advance; }))
    return "moves the clock";
  if (binary_ != Binary::is_static)
    return is_only(transcript, "static") ? std::optional("static only") : std::nullopt;
  if (needs_modules(transcript)) return "needs modules";
  return {};
}

ServerProcess::Start BlackBox::start_of(const Setting& setting) const {
  ServerProcess::Start start{.binary = path_,
                             .arguments = {"--config-dir", setting.config_dir()},
                             .environment = setting.environment,
                             .error_file = setting.tmp + "/.stderr",
                             .pipes = setting.stdin_is_file};
  for (const Option& option : setting.options)
    start.arguments.push_back("--" + option.name + '=' + option.value);
  ::unlink(start.error_file.c_str());
  return start;
}

std::expected<Checkup, std::string> BlackBox::check(const Setting& setting) {
  ServerProcess::Start start = start_of(setting);
  start.arguments.emplace_back("--check");
  auto process = ServerProcess::start(start);
  if (!process) return std::unexpected(process.error());
  const auto text = process->read_all(patience_);
  if (!text) return std::unexpected("--check: " + text.error());
  const auto code = process->wait(patience_);
  if (!code) return std::unexpected(code.error());
  return Checkup{.exit_code = *code, .lines = lines_of(*text)};
}

Outcome BlackBox::run(const Section& session, Setting& setting) {
  ::signal(SIGPIPE, SIG_IGN);  // a server that has closed its pipe is seen by the write
  ServerProcess::Start start = start_of(setting);
  Outcome outcome;
  const std::string error_file = start.error_file;
  Peers peers;
  if (auto started = peers.start(setting, patience_); !started) {
    outcome.failure = Failure{session.line, started.error()};
    return outcome;
  }
  Dns dns;
  if (auto started = dns.start(setting); !started) {
    outcome.failure = Failure{session.line, started.error()};
    return outcome;
  }
  {
    Clients clients(std::move(start), setting, {.patience = patience_});
    if (auto done = clients.run(session, outcome.dialogue); !done) outcome.failure = done.error();
  }  // whatever still runs is gone now, and its log is complete
  if (const auto problem = peers.finish(); problem && !outcome.failure)
    outcome.failure = Failure{problem->line, problem->what};
  auto asked = dns.finish(setting);
  if (asked)
    outcome.asked = *std::move(asked);
  else if (!outcome.failure)
    outcome.failure = Failure{session.line, asked.error()};
  outcome.log = lines_of(read_file(error_file).value_or(""));
  const auto report = std::ranges::find_if(outcome.log, is_sanitizer_report);
  if (!outcome.failure && report != outcome.log.end())
    outcome.failure = Failure{session.line, *report};
  return outcome;
}

}  // namespace smtpd::transcript
