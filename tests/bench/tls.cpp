/// `tls_load FLOOR CERTIFICATE KEY DIRECTORY SMTPD CONFIG`: whole sessions with TLS from the first
/// octet, each with a process of its own and a full handshake, the floor program and smtpd by
/// turns. Prints the medians and the ratios.

#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Words = std::vector<std::string>;

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "tls_load: %s\n", what.c_str());
  std::exit(1);
}

struct Cost {
  double wall = 0, cpu = 0;  // microseconds
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

Cost session(SSL_CTX* context, const Words& command, const std::string& message) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) die("socketpair");
  const auto began = std::chrono::steady_clock::now();
  const pid_t pid = start(command, pair[1]);
  ::close(pair[1]);
  SSL* const ssl = SSL_new(context);
  SSL_set_fd(ssl, pair[0]);
  if (SSL_connect(ssl) != 1) die("no handshake with " + command[0]);
  expect(ssl, "220");
  for (const std::string_view line :
       {"EHLO c.test", "MAIL FROM:<a@b.test>", "RCPT TO:<u@bench.test>"}) {
    say(ssl, std::string(line) + "\r\n");
    expect(ssl, "250");
  }
  say(ssl, "DATA\r\n");
  expect(ssl, "354");
  say(ssl, message);
  expect(ssl, "250");
  say(ssl, "QUIT\r\n");
  expect(ssl, "221");
  SSL_free(ssl);
  ::close(pair[0]);
  int status = 0;
  rusage usage{};
  ::wait4(pid, &status, 0, &usage);
  if (status != 0) die(command[0] + " has failed");
  const std::chrono::duration<double, std::micro> wall = std::chrono::steady_clock::now() - began;
  return {wall.count(), microseconds(usage.ru_utime) + microseconds(usage.ru_stime)};
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void compare(SSL_CTX* context, const char* what, const std::vector<Words>& commands,
             const std::string& message, int rounds) {
  std::vector<double> wall[2], cpu[2];
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < 2; ++i) {
      const Cost cost = session(context, commands[i], message);
      wall[i].push_back(cost.wall);
      cpu[i].push_back(cost.cpu);
    }
  }
  std::printf("%-28s time %7.0f %7.0f us, ratio %.2f; CPU %7.0f %7.0f us, ratio %.2f\n", what,
              median(wall[0]), median(wall[1]), median(wall[1]) / median(wall[0]), median(cpu[0]),
              median(cpu[1]), median(cpu[1]) / median(cpu[0]));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) die("see tests/bench/tls");
  const Words words(argv, argv + argc);
  const std::vector<Words> commands{{words[1], words[2], words[3], words[4] + "/floor"},
                                    {words[5], "--config-dir", words[6]}};
  const Context context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  std::string large = "Subject: large\r\n\r\n";
  while (large.size() < 25 << 20) large += std::string(76, 'x') + "\r\n";
  const int rounds = argc > 7 ? std::atoi(argv[7]) : 100;
  std::printf("%-28s floor, smtpd\n", "");
  compare(context.get(), "a session with TLS 1.3", commands, "Subject: x\r\n\r\nhello\r\n.\r\n",
          rounds);
  compare(context.get(), "the same with 25 MiB", commands, large + ".\r\n",
          std::max(3, rounds / 10));
}
