#include "tests/support/simulated.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "lib/base/file.hpp"
#include "lib/base/text.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/files.hpp"

namespace smtpd::transcript {
namespace {

constexpr std::chrono::milliseconds patience = std::chrono::seconds(30);

/// A command and the lines that answer it.
struct Turn {
  std::string command;
  std::vector<std::string> reply = {};
};

/// A session in its turns; the greeting answers the empty command.
std::vector<Turn> turns_of(const Record& dialogue) {
  std::vector<Turn> turns{{""}};
  for (const std::string& line : dialogue) {
    if (line.starts_with("C")) turns.push_back({line});
    if (line.starts_with("S: ")) turns.back().reply.push_back(line.substr(3));
  }
  return turns;
}

/// `ADDRESS` of `VERB:<ADDRESS>`; none with parameters, or for another command.
std::optional<std::string> path_of(std::string_view command, std::string_view verb) {
  const std::string begin = "C: " + std::string(verb) + ":<";
  if (!command.starts_with(begin) || !command.ends_with('>')) return {};
  command.remove_prefix(begin.size() - 1);
  if (command.find("> ") != command.npos) return {};
  return std::string(command);
}

bool is_command(std::string_view line) {
  constexpr std::array<std::string_view, 4> verbs{"C: EHLO", "C: MAIL", "C: RCPT", "C: DATA"};
  return std::ranges::any_of(verbs, [&](std::string_view verb) { return line.starts_with(verb); });
}

/// The client of a session as the options of --simulate; errors: why it cannot be one.
class Client {
 public:
  static std::expected<Client, std::string> of(const Section& session, const Setting& setting,
                                               const Record& dialogue) {
    Client client;
    if (!setting.programs.empty()) return std::unexpected("programs");
    if (setting.stdin_is_file) return std::unexpected("no socket");
    for (const Step& step : session.steps) {
      if (!step.who.empty()) return std::unexpected("several clients");
      const bool is_plain = step.action == Action::send || step.action == Action::expect_line ||
                            step.action == Action::expect_reply ||
                            step.action == Action::expect_end;
      if (!is_plain || step.times != 1) return std::unexpected("more than commands and replies");
    }
    if (!client.take_address(setting)) return std::unexpected("ident");
    const std::vector<Turn> turns = turns_of(dialogue);
    if (turns.front().reply.empty()) return std::unexpected("talks early");
    for (std::size_t i = 1; i + 1 < turns.size(); ++i) {
      if (turns[i].reply.empty() && is_command(turns[i].command))
        return std::unexpected("pipelined");
    }
    auto taken = client.take(turns, setting);
    if (!taken) return std::unexpected(taken.error());
    return client;
  }

  std::vector<std::string> words;
  std::vector<Turn> expected;  ///< commands that both have said

 private:
  bool take_address(const Setting& setting) {
    const std::array names{
        std::pair{"TCPREMOTEIP", "remote-ip"}, std::pair{"TCPREMOTEHOST", "remote-host"},
        std::pair{"TCPLOCALIP", "local-ip"}, std::pair{"TCPLOCALPORT", "local-port"}};
    bool has_address = false;
    for (const auto& [variable, option] : names) {
      std::string value;
      if (const auto found = setting.environment.find(variable); found != setting.environment.end())
        value = found->second;
      for (const Option& given : setting.options)
        if (given.name == option) value = given.value;
      if (value.empty()) continue;
      words.push_back(std::string("--") + option + '=' + value);
      has_address = has_address || option == std::string_view("remote-ip");
    }
    if (!has_address) words.emplace_back("--remote-ip=0.0.0.0");  // nothing names it
    return !setting.environment.contains("TCPREMOTEINFO");
  }

  std::expected<void, std::string> take(std::vector<Turn> turns, const Setting& setting) {
    const auto is_said = [](const Turn& turn, std::string_view what) {
      return turn.command == what;
    };
    auto turn = turns.begin();
    expected.push_back(*turn++);
    if (turn == turns.end()) return {};
    if (!turn->command.starts_with("C: EHLO ")) return std::unexpected("no EHLO");
    words.push_back("--helo=" + turn->command.substr(8));
    expected.push_back(*turn++);
    if (turn == turns.end() || is_said(*turn, "C: QUIT")) return {};
    const auto sender = path_of(turn->command, "MAIL FROM");
    if (!sender) return std::unexpected("another command than MAIL, or parameters");
    words.push_back("--from=" + *sender);
    expected.push_back(*turn++);
    while (turn != turns.end()) {
      const auto recipient = path_of(turn->command, "RCPT TO");
      if (!recipient) break;
      words.push_back("--to=" + *recipient);
      expected.push_back(*turn++);
    }
    if (turn == turns.end() || is_said(*turn, "C: QUIT")) return {};
    if (!is_said(*turn, "C: DATA")) return std::unexpected("another command than RCPT and DATA");
    expected.push_back(*turn++);
    return take_message(turn, turns.end(), setting);
  }

  std::expected<void, std::string> take_message(std::vector<Turn>::iterator turn,
                                                std::vector<Turn>::iterator end,
                                                const Setting& setting) {
    std::string message;
    for (; turn != end; ++turn) {
      std::string_view line = turn->command;
      if (!line.starts_with("C: ") && line != "C:") return std::unexpected("odd octets");
      line.remove_prefix(std::min<std::size_t>(3, line.size()));
      if (line == ".") break;
      if (!turn->reply.empty()) return std::unexpected("more after DATA");
      if (line.starts_with("..")) line.remove_prefix(1);
      message.append(line) += '\n';
    }
    if (turn == end) return std::unexpected("no end of the message");
    expected.push_back({"the message", turn->reply});
    if (++turn != end && turn->command != "C: QUIT")
      return std::unexpected("more than one message");
    const std::string file = setting.tmp + "/.message";
    if (auto written = write_file(file, message); !written) return written;
    words.push_back("--message=" + file);
    return {};
  }
};

/// Without blanks, and without what differs from session to session.
std::string essence(std::string text) {
  if (const auto id = text.find(", id "); id != text.npos) text.resize(id);
  std::erase_if(text, [](char c) { return c == ' ' || c == '\\'; });
  return text;
}

/// The turns that --simulate has printed.
std::vector<Turn> turns_in(std::string_view page) {
  std::vector<Turn> turns;
  for (const std::string_view line : split(page, '\n')) {
    const bool is_verdict = line.starts_with("accepted") || line.starts_with("refused ") ||
                            line.starts_with("closed without");
    if (is_verdict) break;
    const auto text = line.find_first_not_of(' ');
    if (text == 0) turns.push_back({std::string(line)});
    if (turns.empty() || (text != 2 && text != 4)) continue;
    const bool is_reply = text == 2 && line.size() > 5 && is_digit(line[2]) && is_digit(line[4]);
    auto& reply = turns.back().reply;
    if (is_reply)
      reply.emplace_back(line.substr(2));
    else if (text == 4 && !reply.empty())
      reply.back() += line.substr(3);  // broken
  }
  return turns;
}

std::string joined(const Turn& turn) {
  std::string text;
  for (const std::string& line : turn.reply) text += essence(line) + '\n';
  return text;
}

}  // namespace

void Simulated::note(const std::string& what) const {
  const UniqueFd fd(::open(tally_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  [[maybe_unused]] const auto written = write_all(fd.get(), what + '\n');
}

std::map<std::string, std::size_t> Simulated::counts(const std::string& tally) {
  std::map<std::string, std::size_t> counts;
  for (const std::string& line : lines_of(read_file(tally).value_or(""))) ++counts[line];
  return counts;
}

std::expected<std::string, std::string> Simulated::simulate(const std::vector<std::string>& words,
                                                            const Setting& setting) const {
  ServerProcess::Start start{.binary = binary_,
                             .arguments = {"--config-dir", setting.config_dir(), "--simulate"},
                             .environment = setting.environment,
                             .error_file = setting.tmp + "/.simulated",
                             .pipes = true};
  start.arguments.insert(start.arguments.end(), words.begin(), words.end());
  ::unlink(start.error_file.c_str());
  auto process = ServerProcess::start(start);
  if (!process) return std::unexpected(process.error());
  const auto page = process->read_all(patience);
  if (!page) return std::unexpected("--simulate: " + page.error());
  if (const auto code = process->wait(patience); !code) return std::unexpected(code.error());
  return *page + read_file(start.error_file).value_or("");
}

Outcome Simulated::run(const Section& session, Setting& setting) {
  const bool has_peers = !setting.peers.empty();
  Outcome outcome = real_.run(session, setting);
  if (outcome.failure) return outcome;
  const auto client =
      has_peers ? std::unexpected("daemons") : Client::of(session, setting, outcome.dialogue);
  if (!client) {
    note("left out: " + client.error());
    return outcome;
  }
  std::unique_ptr<DnsServer> dns;
  if (setting.dns) {
    if (auto server = DnsServer::start(*setting.dns, setting.dns_port)) dns = *std::move(server);
  }
  const auto page = simulate(client->words, setting);
  if (dns) dns->finish();
  if (!page) {
    outcome.failure = Failure{session.line, page.error()};
    return outcome;
  }
  const bool is_wrong = page->find("smtpd: the configuration is wrong") != page->npos;
  if (is_wrong && client->expected.front().reply ==
                      std::vector<std::string>{"421 configuration error, please try again later"}) {
    note("compared");
    return outcome;
  }
  const std::vector<Turn> turns = turns_in(*page);
  for (std::size_t i = 0; i < client->expected.size(); ++i) {
    const std::string real = joined(client->expected[i]);
    if (i >= turns.size()) {  // it stops where a client can only be refused
      if (i > 0 && !client->expected[i - 1].reply.empty() &&
          client->expected[i - 1].reply.back()[0] > '3')
        break;
      if (client->expected[i].reply.empty() || client->expected[i].reply.back()[0] > '3') break;
    }
    if (i < turns.size() && joined(turns[i]) == real) continue;
    const bool is_of_queue = client->expected[i].command == "the message" && i < turns.size() &&
                             joined(turns[i]).starts_with("250");
    if (is_of_queue || page->find("\n        would ") != page->npos) {
      note(is_of_queue ? "left out: the queue's own answer" : "left out: programs");
      return outcome;
    }
    outcome.failure =
        Failure{session.line, "--simulate differs at '" + client->expected[i].command + '\''};
    for (const std::string_view line : split(*page, '\n'))
      outcome.failure->details.emplace_back(line);
    return outcome;
  }
  note("compared");
  return outcome;
}

}  // namespace smtpd::transcript
