#include "tests/crash/session.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "lib/base/text.hpp"
#include "tests/support/files.hpp"
#include "tests/support/process.hpp"

namespace smtpd::crash {
namespace {

using transcript::ServerProcess;

constexpr std::chrono::milliseconds patience{20'000};  // for each reply; nothing waits so long

/// A client that sends one thing at a time.
class Client {
 public:
  Client(int fd, Outcome& outcome) : fd_(fd), outcome_(outcome) {}

  /// The code of the next whole reply; 0 if the server has closed or is silent.
  int reply() {
    while (true) {
      const auto end = received_.find("\r\n");
      if (end == received_.npos) {
        if (!receive()) return 0;
        continue;
      }
      const std::string line = received_.substr(0, end);
      received_.erase(0, end + 2);
      outcome_.dialogue.push_back("S: " + line);
      if (line.size() < 4 || line[3] == ' ')
        return static_cast<int>(to_number(line.substr(0, 3)).value_or(0));
    }
  }

  /// Sends `octets`, shown as `shown`, and waits for the reply.
  int exchange(std::string_view octets, const std::string& shown) {
    outcome_.dialogue.push_back("C: " + shown);
    while (!octets.empty()) {
      const ssize_t sent = ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;  // what the server has said before is still to be read
      octets.remove_prefix(static_cast<std::size_t>(sent));
    }
    const int code = reply();
    if (code == 0) outcome_.left_waiting = true;
    closed_ = closed_ || code == 0 || code == 421;
    return code;
  }
  int command(const std::string& text) { return exchange(text + "\r\n", text); }
  bool closed() const { return closed_; }

 private:
  bool receive() {
    pollfd entry{fd_, POLLIN, 0};
    if (::poll(&entry, 1, static_cast<int>(patience.count())) != 1) {
      outcome_.dialogue.emplace_back("(the server is silent)");
      return false;
    }
    char buffer[4096];
    const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    received_.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  int fd_;
  Outcome& outcome_;
  std::string received_;
  bool closed_ = false;
};

Delivery answer_of(int code) {
  if (code == 0) return Delivery::not_sent;
  return code / 100 == 4 ? Delivery::put_off : Delivery::refused;
}

/// The message as it goes over the wire. No line of the tests' messages begins with a dot.
std::string on_the_wire(const std::string& text) {
  std::string wire;
  for (const char c : text) wire += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return wire + ".\r\n";
}

Delivery send(Client& client, const Message& message) {
  std::vector<std::string> commands{"MAIL FROM:<" + message.sender + '>'};
  for (const std::string& recipient : message.recipients)
    commands.push_back("RCPT TO:<" + recipient + '>');
  for (const std::string& command : commands) {
    if (const int code = client.command(command); code != 250) return answer_of(code);
  }
  if (const int code = client.command("DATA"); code != 354) return answer_of(code);
  const int code = client.exchange(on_the_wire(message.text), "(the message)");
  if (code == 0) return Delivery::unknown;
  return code == 250 ? Delivery::accepted : answer_of(code);
}

void converse(int fd, const Scenario& scenario, Outcome& outcome) {
  outcome.answers.assign(scenario.messages.size(), Delivery::not_sent);
  Client client(fd, outcome);
  const int greeting = client.reply();
  if (greeting != 220 || client.command("EHLO client.test") != 250) {
    outcome.left_waiting = outcome.left_waiting || greeting == 0;
    if (greeting != 220) std::ranges::fill(outcome.answers, answer_of(greeting));
    return;
  }
  for (std::size_t i = 0; i < scenario.messages.size() && !client.closed(); ++i) {
    outcome.answers[i] = send(client, scenario.messages[i]);
    if (outcome.answers[i] != Delivery::accepted && !client.closed()) client.command("RSET");
  }
  if (!client.closed()) client.command("QUIT");
}

std::expected<Outcome, std::string> play(const ServerProcess::Start& start,
                                         const Scenario& scenario) {
  ::unlink(start.error_file.c_str());
  auto process = ServerProcess::start(start);
  if (!process) return std::unexpected(process.error());
  Outcome outcome;
  converse(process->to_server(), scenario, outcome);
  process->close();
  const auto code = process->wait(patience);
  if (!code) outcome.ended = code.error();
  if (code && *code != 0) outcome.ended = "the exit code is " + std::to_string(*code);
  outcome.log = transcript::read_file(start.error_file).value_or("");
  return outcome;
}

ServerProcess::Start start_of(const std::string& folder) {
  return {.binary = {},
          .arguments = {"--config-dir", folder + "/config"},
          .environment = {{"TCPREMOTEIP", "192.0.2.7"}},
          .error_file = folder + "/log"};
}

}  // namespace

bool Outcome::complete() const {
  return ended.empty() && !left_waiting &&
         std::ranges::all_of(answers, [](Delivery answer) { return answer == Delivery::accepted; });
}

std::expected<Outcome, std::string> plain(const Tools& tools, const Scenario& scenario,
                                          const std::string& folder) {
  ServerProcess::Start start = start_of(folder);
  start.binary = tools.server;
  return play(start, scenario);
}

std::expected<Outcome, std::string> traced(const Tools& tools, const Scenario& scenario,
                                           const std::string& folder,
                                           std::vector<Injection> injections) {
  ServerProcess::Start start = start_of(folder);
  start.binary = tools.strace;
  const std::string trace = folder + "/trace";
  std::vector<std::string> arguments{"-f", "-qq", "-y", "-s", "48", "-o", trace};
  injections.insert(injections.begin(), scenario.always.begin(), scenario.always.end());
  for (const Injection& injection : injections) {
    arguments.emplace_back("-e");
    arguments.push_back("inject=" + injection.text());
  }
  arguments.push_back(tools.server);
  start.arguments.insert(start.arguments.begin(), arguments.begin(), arguments.end());
  auto outcome = play(start, scenario);
  if (!outcome) return outcome;
  const auto text = transcript::read_file(trace);
  if (!text) return std::unexpected(text.error());
  outcome->trace = parse_trace(*text);
  if (outcome->trace.empty()) return std::unexpected("strace does nothing: " + outcome->log);
  return outcome;
}

}  // namespace smtpd::crash
