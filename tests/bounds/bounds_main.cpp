/// `bounds`: what the worst clients cost, in memory of the server. doc/limits.md has the figures.
#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <list>
#include <map>

#include "tests/bounds/client.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"

namespace {

using smtpd::bounds::Client;
using smtpd::transcript::Folder;
using smtpd::transcript::ServerProcess;

constexpr std::size_t mebibyte = 1 << 20;
// Half as much again as was measured: programs and libraries grow a little.
constexpr std::size_t small = 4608;  // KiB
const std::string to_data =
    "EHLO client.test\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<u@example.com>\r\nDATA\r\n";

struct Case {
  const char* name;
  std::size_t most;  ///< KiB
  std::map<std::string, std::string> config;
  /// Returns what went wrong; empty if nothing did.
  std::function<std::string(Client&)> play;
  std::size_t delivered = 0;  ///< messages in the maildir afterwards
};

std::string quit(Client& client) {
  client.send("QUIT\r\n");
  return client.expect("221") ? "" : "no 221";
}

std::string idle(Client& client) { return client.greeted() ? "" : "no 220"; }

std::string command_line(Client& client) {
  client.send(std::string(mebibyte, 'x'), 64);
  client.send("\r\n");
  return client.expect("500 5.5.2") ? quit(client) : "no 500";
}

/// Sends `piece` 64 times inside a message.
std::string message_of(Client& client, const std::string& before, const std::string& piece,
                       std::string_view reply) {
  client.send(to_data);
  if (!client.expect("354")) return "no 354";
  client.send(before);
  client.send(piece, 64);
  client.send("\r\n.\r\n");
  return client.expect(reply) ? quit(client) : "no " + std::string(reply);
}

std::string lines(std::string_view line, std::size_t octets) {
  std::string text;
  while (text.size() < octets) text += line;
  return text;
}

std::string recipients(Client& client, std::string_view reply) {
  client.send("EHLO client.test\r\nMAIL FROM:<a@b.test>\r\n");
  for (int i = 0; i < 100; ++i) {
    std::string commands;
    for (int j = 0; j < 1000; ++j)
      commands += "RCPT TO:<user" + std::to_string(i * 1000 + j) + "@example.com>\r\n";
    client.send(commands);
  }
  if (!client.expect(reply)) return "no " + std::string(reply);
  return {};
}

std::string all_recipients(Client& client) {
  const std::string wrong = recipients(client, "250 2.1.5 <user99999@");
  client.send("DATA\r\n");
  if (!wrong.empty() || !client.expect("354")) return "not all are accepted";
  client.send("Subject: x\r\n\r\nx\r\n.\r\n");
  return client.expect("250 2.6.0") ? quit(client) : "no 250";
}

/// Ten thousand commands; `reply` is what ends them.
std::string commands(Client& client, std::string_view reply) {
  client.send(lines("NOOP\r\n", 60'000));
  if (reply == "221") return quit(client);
  return client.expect(reply) && client.expect_end() ? "" : "no " + std::string(reply);
}

std::string replies_unread(Client& client) {
  for (int i = 0; i < 64; ++i) client.send_deaf(lines("EHLO client.test\r\n", mebibyte));
  return {};
}

std::string reset_in_data(Client& client) {
  client.send_deaf(to_data);
  client.send_deaf("Subject: x\r\n\r\n" + lines("A line.\r\n", 100'000));
  client.reset();
  return {};
}

std::vector<Case> cases() {
  const std::map<std::string, std::string> none,
      no_limits{
          {"max_recipients", "1000000"}, {"max_commands", "1000000"}, {"max_junk", "1000000"}};
  const std::string line = std::string(mebibyte, 'x'),
                    header = lines("X-Field: text\r\n", mebibyte),
                    body = lines("A line of the message.\r\n", mebibyte);
  return {
      {"a client that says nothing", small, none, idle},
      {"a command line of 64 MiB", small, none, command_line},
      {"a line of 64 MiB in a message", small, none,
       [=](Client& client) { return message_of(client, "Subject: x\r\n\r\n", line, "554 5.6.0"); }},
      {"a header of 64 MiB", 12'288, none,
       [=](Client& client) { return message_of(client, "", header, "552 5.3.4"); }},
      {"a message of 64 MiB", small, none,
       [=](Client& client) { return message_of(client, "Subject: x\r\n\r\n", body, "250 2.6.0"); },
       1},
      {"100,000 recipients", small, none,
       [](Client& client) { return recipients(client, "421 4.7.0"); }},
      {"100,000 recipients, and all are allowed", 32'768, no_limits, all_recipients, 1},
      {"10,000 commands", small, none,
       [](Client& client) { return commands(client, "421 4.7.0"); }},
      {"10,000 commands, and all are allowed", small, no_limits,
       [](Client& client) { return commands(client, "221"); }},
      {"a client that reads no reply", small, no_limits, replies_unread},
      {"a reset in the middle of a message", small, none, reset_in_data},
  };
}

/// A folder with a configuration, for one server or several.
class Server {
 public:
  Server(std::string binary, std::map<std::string, std::string> config)
      : binary_(std::move(binary)) {
    config["me"] = "mx.test";
    config["rcpthosts"] = "example.com";
    config["spool_dir"] = folder_.path() + "/spool";
    config["plugins"] = "rcpt_ok\nqueue/maildir " + folder_.path() + "/mail";
    for (const auto& [key, text] : config)
      wrong_ =
          wrong_ || !smtpd::transcript::write_file(folder_.path() + "/config/" + key, text + '\n');
    ::mkdir((folder_.path() + "/spool").c_str(), 0700);
  }

  std::expected<ServerProcess, std::string> start() const {
    if (wrong_) return std::unexpected("cannot write the configuration");
    return ServerProcess::start({.binary = binary_,
                                 .arguments = {"--config-dir", folder_.path() + "/config"},
                                 .environment = {{"TCPREMOTEIP", "192.0.2.7"}},
                                 .error_file = folder_.path() + "/log"});
  }
  std::size_t delivered() const {
    std::error_code error;
    const std::filesystem::directory_iterator begin(folder_.path() + "/mail/new", error);
    return error ? 0U : static_cast<std::size_t>(std::distance(begin, {}));
  }

 private:
  Folder folder_;
  std::string binary_;
  bool wrong_ = false;
};

class Report {
 public:
  void add(std::string_view name, std::size_t kib, std::size_t most, const std::string& wrong) {
    const bool held = wrong.empty() && kib > 0 && kib <= most;
    ++(held ? passed_ : failed_);
    if (held && !verbose_) return;
    std::printf("bounds: %-42.*s %7zu KiB of %zu%s%s\n", static_cast<int>(name.size()), name.data(),
                kib, most, held ? "" : ": failed ", wrong.c_str());
  }
  void be_verbose() { verbose_ = true; }
  int summary() const {
    std::printf("bounds: %zu passed, %zu failed\n", passed_, failed_);
    return failed_ == 0 ? 0 : 1;
  }

 private:
  std::size_t passed_ = 0, failed_ = 0;
  bool verbose_ = false;
};

void run(const std::string& binary, const Case& test, Report& report) {
  const Server world(binary, test.config);
  auto server = world.start();
  if (!server) return report.add(test.name, 0, test.most, server.error());
  Client client(*std::move(server));
  std::string wrong = test.play(client);
  const std::size_t peak = client.peak();
  if (!client.ends_well()) wrong += " it does not end well";
  if (world.delivered() != test.delivered) wrong += " not delivered as it should";
  report.add(test.name, peak, test.most, wrong);
}

/// 200 clients, each in the middle of a message of 100 KiB. The figure is the mean of what each has
/// for itself and its share of what they have in common.
void run_many(const std::string& binary, Report& report) {
  constexpr std::size_t count = 200, most = 1024;
  const Server world(binary, {});
  std::list<Client> clients;
  std::string wrong;
  for (std::size_t i = 0; i < count; ++i) {
    auto server = world.start();
    if (!server) return report.add("200 clients at once", 0, most, server.error());
    clients.emplace_back(*std::move(server)).send(to_data);
  }
  for (Client& client : clients) {
    if (!client.expect("354")) wrong = "no 354";
    client.send("Subject: x\r\n\r\n" + lines("A line of the message.\r\n", 100'000));
  }
  std::size_t total = 0;
  for (const Client& client : clients) total += client.share();
  for (Client& client : clients) {
    client.send(".\r\n");
    if (!client.expect("250 2.6.0") || !quit(client).empty() || !client.ends_well())
      wrong = "one was not served";
  }
  if (world.delivered() != count) wrong = "not all are delivered";
  report.add("200 clients at once, each", total / count, most, wrong);
}

}  // namespace

int main(int argc, char** argv) {
  const bool verbose = argc == 3 && std::string_view(argv[1]) == "--verbose";
  if (argc != 2 && !verbose) {
    std::fputs("usage: bounds [--verbose] SERVER\n", stderr);
    return 2;
  }
  ::signal(SIGPIPE, SIG_IGN);
  ::umask(022);
  Report report;
  if (verbose) report.be_verbose();
  for (const Case& test : cases()) run(argv[argc - 1], test, report);
  run_many(argv[argc - 1], report);
  return report.summary();
}
