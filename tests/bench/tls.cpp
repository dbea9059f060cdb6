/// `tls_load TITLE [resume] [data|bdat] ROUNDS -- COMMAND... [-- COMMAND...]...`: whole sessions
/// with TLS 1.3 from the first octet, each with a process of its own, the commands by turns. Prints
/// each command's median time and CPU, and their ratios to those of the first. With `resume` each
/// session takes up the one before of the same command; `data` and `bdat` send 25 MiB that way.

#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Ticket = std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>;
using Words = std::vector<std::string>;

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "tls_load: %s\n", what.c_str());
  std::exit(1);
}

struct Cost {
  double wall = 0, cpu = 0;  // microseconds
};

/// One command, and what its sessions have cost.
struct Row {
  Words command = {};
  Ticket ticket{nullptr, SSL_SESSION_free};
  std::vector<double> wall = {}, cpu = {};
};

struct Plan {
  std::string title = {};
  bool resume = false;
  bool chunks = false;
  std::size_t size = 0;  // of the message's text
  int rounds = 100;
};

double microseconds(const timeval& time) {
  return 1e6 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec);
}

pid_t start(const Words& command, int fd) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t pid = ::vfork();
  if (pid != 0) return pid;
  ::dup2(fd, STDIN_FILENO);
  ::dup2(fd, STDOUT_FILENO);
  ::execv(words[0], words.data());
  ::_exit(127);
}

void say(SSL* ssl, std::string_view text) {
  if (SSL_write(ssl, text.data(), static_cast<int>(text.size())) <= 0)
    die("the server takes no more");
}

/// Reads one reply, whose code has to be this.
void expect(SSL* ssl, std::string_view code) {
  std::string reply;
  char buffer[4096];
  while (true) {
    const int got = SSL_read(ssl, buffer, sizeof buffer);
    if (got <= 0) die("no reply " + std::string(code) + " but the end");
    reply.append(buffer, static_cast<std::size_t>(got));
    const auto last = reply.rfind('\n', reply.size() - 2);
    const std::string_view line = std::string_view(reply).substr(last == reply.npos ? 0 : last + 1);
    if (!reply.ends_with('\n') || line.size() < 4 || line[3] == '-') continue;
    if (!line.starts_with(code)) die("a reply that was not expected: " + reply);
    return;
  }
}

void converse(SSL* ssl, const Plan& plan, const std::string& text) {
  expect(ssl, "220");
  for (const std::string_view line :
       {"EHLO c.test", "MAIL FROM:<a@b.test>", "RCPT TO:<u@bench.test>"}) {
    say(ssl, std::string(line) + "\r\n");
    expect(ssl, "250");
  }
  if (plan.chunks) {
    say(ssl, "BDAT " + std::to_string(text.size()) + " LAST\r\n");
    say(ssl, text);
  } else {
    say(ssl, "DATA\r\n");
    expect(ssl, "354");
    say(ssl, text + ".\r\n");
  }
  expect(ssl, "250");
  say(ssl, "QUIT\r\n");
  expect(ssl, "221");
}

Cost session(SSL_CTX* context, const Plan& plan, Row& row, const std::string& text) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) die("socketpair");
  const auto began = std::chrono::steady_clock::now();
  const pid_t pid = start(row.command, pair[1]);
  ::close(pair[1]);
  SSL* const ssl = SSL_new(context);
  SSL_set_fd(ssl, pair[0]);
  if (row.ticket) SSL_set_session(ssl, row.ticket.get());
  if (SSL_connect(ssl) != 1) die("no handshake with " + row.command[0]);
  if (row.ticket && SSL_session_reused(ssl) != 1) die("no resumption with " + row.command[0]);
  converse(ssl, plan, text);
  if (plan.resume) row.ticket.reset(SSL_get1_session(ssl));
  SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);  // else the ticket is void
  SSL_free(ssl);
  ::close(pair[0]);
  int status = 0;
  rusage usage{};
  ::wait4(pid, &status, 0, &usage);
  if (status != 0) die(row.command[0] + " has failed");
  const std::chrono::duration<double, std::micro> wall = std::chrono::steady_clock::now() - began;
  return {wall.count(), microseconds(usage.ru_utime) + microseconds(usage.ru_stime)};
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void compare(SSL_CTX* context, const Plan& plan, std::vector<Row>& rows) {
  std::string text = "Subject: x\r\n\r\nhello\r\n";
  while (text.size() < plan.size) text += std::string(76, 'x') + "\r\n";
  if (plan.resume) {
    for (Row& row : rows) session(context, plan, row, text);  // the one that gets the ticket
  }
  for (int round = 0; round < plan.rounds; ++round) {
    for (Row& row : rows) {
      const Cost cost = session(context, plan, row, text);
      row.wall.push_back(cost.wall);
      row.cpu.push_back(cost.cpu);
    }
  }
  std::printf("%s\n", plan.title.c_str());
  for (const Row& row : rows) {
    const double wall = median(row.wall), cpu = median(row.cpu);
    const std::string name = row.command[0].substr(row.command[0].rfind('/') + 1);
    std::printf("  %-10s time %8.0f us, ratio %.2f; CPU %8.0f us, ratio %.2f\n", name.c_str(), wall,
                wall / median(rows[0].wall), cpu, cpu / median(rows[0].cpu));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Words words(argv, argv + argc);
  if (words.size() < 5) die("see tests/bench/tls");
  Plan plan{.title = words[1]};
  std::size_t at = 2;
  for (; at < words.size() && words[at] != "--"; ++at) {
    const std::string& word = words[at];
    if (word == "resume") {
      plan.resume = true;
    } else if (word == "data" || word == "bdat") {
      plan.chunks = word == "bdat";
      plan.size = std::size_t{25} << 20;
    } else if (std::from_chars(word.data(), word.data() + word.size(), plan.rounds).ec !=
                   std::errc() ||
               plan.rounds < 1) {
      die("what is " + word + "?");
    }
  }
  std::vector<Row> rows;
  for (; at < words.size(); ++at) {
    if (words[at] == "--") {
      rows.emplace_back();
    } else {
      rows.back().command.push_back(words[at]);
    }
  }
  const Context context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  compare(context.get(), plan, rows);
}
