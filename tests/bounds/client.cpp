#include "tests/bounds/client.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "lib/base/text.hpp"
#include "tests/support/files.hpp"

namespace smtpd::bounds {
namespace {

constexpr int patience = 30'000;                  // milliseconds, for a server that is stuck
constexpr std::size_t most_remembered = 1 << 16;  // octets of replies

/// The number behind `name` in a file of /proc, in KiB; 0 if the process has gone.
std::size_t number_in(const std::string& path, std::string_view name) {
  const std::string text = transcript::read_file(path).value_or("");
  const auto at = text.find(name);
  if (at == text.npos) return 0;
  const std::string_view rest = trim(std::string_view(text).substr(at + name.size()));
  return static_cast<std::size_t>(to_number(rest.substr(0, rest.find(' '))).value_or(0));
}

}  // namespace

// Before its first word the child may still be a copy of this process, and as large.
Client::Client(transcript::ServerProcess server) : server_(std::move(server)) {
  greeted_ = expect("220");
}

void Client::look() {
  const std::string path = "/proc/" + std::to_string(server_.id()) + "/status";
  peak_ = std::max(peak_, number_in(path, "VmHWM:"));
}

std::size_t Client::peak() {
  look();
  return peak_;
}

std::size_t Client::share() const {
  return number_in("/proc/" + std::to_string(server_.id()) + "/smaps_rollup", "\nPss:");
}

bool Client::receive(int milliseconds) {
  pollfd entry{server_.from_server(), POLLIN, 0};
  if (ended_ || ::poll(&entry, 1, milliseconds) != 1) return false;
  char buffer[65536];
  const ssize_t got = ::recv(server_.from_server(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (got <= 0) ended_ = true;
  if (got <= 0) return false;
  received_.append(buffer, static_cast<std::size_t>(got));
  if (received_.size() > 2 * most_remembered)
    received_.erase(0, received_.size() - most_remembered);
  return true;
}

void Client::send_deaf(std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t sent =
        ::send(server_.to_server(), octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) break;
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
  look();
}

void Client::send(std::string_view octets) {
  while (!octets.empty() && !ended_) {
    pollfd entry{server_.to_server(), POLLIN | POLLOUT, 0};
    if (::poll(&entry, 1, patience) != 1) return;
    if ((entry.revents & POLLIN) != 0) receive(0);
    const ssize_t sent =
        ::send(server_.to_server(), octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) octets.remove_prefix(static_cast<std::size_t>(sent));
    if (sent < 0 && (entry.revents & (POLLHUP | POLLERR)) != 0) return;
  }
  look();
}

void Client::send(std::string_view octets, std::size_t times) {
  for (std::size_t i = 0; i < times && !ended_; ++i) send(octets);
}

bool Client::expect(std::string_view beginning) {
  while (true) {
    for (std::size_t at = 0; at < received_.size();) {
      const auto end = received_.find("\r\n", at);
      if (end == received_.npos) break;
      const bool found = std::string_view(received_).substr(at).starts_with(beginning);
      at = end + 2;
      if (!found) continue;
      received_.erase(0, at);
      look();
      return true;
    }
    if (!receive(patience)) return false;
  }
}

bool Client::expect_end() {
  while (receive(patience)) {
  }
  return ended_;
}

bool Client::ends_well() {
  server_.close();
  const auto code = server_.wait(std::chrono::milliseconds(patience));
  return code && *code == 0;
}

}  // namespace smtpd::bounds
