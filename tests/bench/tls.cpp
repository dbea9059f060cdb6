/// `tls_load TITLE [resume] [data|bdat] ROUNDS -- COMMAND... [-- COMMAND...]...`: whole sessions
/// with TLS 1.3 from the first octet, each with a process of its own, the commands by turns. Prints
/// each command's median time and CPU, and their ratios to those of the first. With `resume` each
/// session takes up the one before of the same command; `data` and `bdat` send 25 MiB that way.
/// `tcp:PORT NAME` in place of a command connects to a server that is there, on 127.0.0.1; its time
/// ends with the reply to QUIT, its CPU is not known.

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
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
  std::uint16_t port = 0;  // of a server that runs; 0: the command is started
  Ticket ticket{nullptr, SSL_SESSION_free};
  std::vector<double> wall = {}, cpu = {};

  std::string name() const {
    return port != 0 ? command[1] : command[0].substr(command[0].rfind('/') + 1);
  }
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

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address{.sin_family = AF_INET,
                            .sin_port = htons(port),
                            .sin_addr = {htonl(INADDR_LOOPBACK)},
                            .sin_zero = {}};
  if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    die("nobody listens on port " + std::to_string(port));
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
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

/// The client's side of a session, on this descriptor, which it closes.
void attend(SSL_CTX* context, const Plan& plan, Row& row, const std::string& text, int fd) {
  SSL* const ssl = SSL_new(context);
  SSL_set_fd(ssl, fd);
  if (row.ticket) SSL_set_session(ssl, row.ticket.get());
  if (SSL_connect(ssl) != 1) die("no handshake with " + row.name());
  if (row.ticket && SSL_session_reused(ssl) != 1) die("no resumption with " + row.name());
  converse(ssl, plan, text);
  if (plan.resume) row.ticket.reset(SSL_get1_session(ssl));
  SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);  // else the ticket is void
  SSL_free(ssl);
  ::close(fd);
}

Cost session(SSL_CTX* context, const Plan& plan, Row& row, const std::string& text) {
  const auto began = std::chrono::steady_clock::now();
  rusage usage{};
  if (row.port != 0) {
    attend(context, plan, row, text, connect_to(row.port));
  } else {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) die("socketpair");
    const pid_t pid = start(row.command, pair[1]);
    ::close(pair[1]);
    attend(context, plan, row, text, pair[0]);
    int status = 0;
    ::wait4(pid, &status, 0, &usage);
    if (status != 0) die(row.name() + " has failed");
  }
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
    std::printf("  %-10s time %8.0f us, ratio %.2f; ", row.name().c_str(), wall,
                wall / median(rows[0].wall));
    if (row.port != 0)
      std::puts("CPU        -");
    else
      std::printf("CPU %8.0f us, ratio %.2f\n", cpu, cpu / median(rows[0].cpu));
  }
}

/// Takes `tcp:PORT NAME` for what it is.
void find_port(Row& row) {
  if (row.command.empty()) die("a command is missing");
  const std::string_view word = row.command[0];
  if (!word.starts_with("tcp:")) return;
  const auto [end, error] = std::from_chars(word.data() + 4, word.data() + word.size(), row.port);
  if (error != std::errc() || end != word.data() + word.size() || row.port == 0 ||
      row.command.size() != 2)
    die("tcp:PORT NAME was expected, not " + std::string(word));
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
  for (Row& row : rows) find_port(row);
  const Context context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  compare(context.get(), plan, rows);
}
