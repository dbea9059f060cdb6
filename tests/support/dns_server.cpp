#include "tests/support/dns_server.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "tests/support/peer_ports.hpp"

namespace smtpd::transcript {

using std::chrono::steady_clock;

struct DnsServer::Line {
  UniqueFd fd;
  std::string unread = {};
};

struct DnsServer::Answer {
  steady_clock::time_point due;
  std::string octets;
  sockaddr_in to = {};  // by UDP
  int line = -1;        // by TCP
};

std::expected<DnsPort, std::string> DnsPort::reserve() {
  constexpr int tries = 20;  // the port may be another program's in the other protocol
  for (int i = 0; i < tries; ++i) {
    DnsPort reserved;
    reserved.tcp_ = bound_socket(0);
    sockaddr_in address{};
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (!reserved.tcp_ || ::getsockname(reserved.tcp_.get(), any, &size) != 0) break;
    reserved.udp_.reset(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!reserved.udp_) break;
    if (::bind(reserved.udp_.get(), any, size) != 0) continue;
    reserved.port_ = ntohs(address.sin_port);
    return reserved;
  }
  return std::unexpected("no port for the DNS");
}

std::expected<std::unique_ptr<DnsServer>, std::string> DnsServer::start(DnsScript script,
                                                                        const DnsPort& port) {
  std::unique_ptr<DnsServer> server(new DnsServer(std::move(script), port.udp()));
  server->listener_ = bound_socket(port.port());
  server->stop_.reset(::eventfd(0, EFD_CLOEXEC));
  constexpr int backlog = 64;
  if (!server->listener_ || !server->stop_ || ::listen(server->listener_.get(), backlog) != 0)
    return std::unexpected("cannot listen as the DNS");
  server->thread_ = std::thread([dns = server.get()] { dns->run(); });
  return server;
}

DnsServer::DnsServer(DnsScript script, int udp) : dns_(std::move(script)), udp_(udp) {}
DnsServer::~DnsServer() { finish(); }

void DnsServer::finish() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(stop_.get(), &one, sizeof one);
  thread_.join();
}

void DnsServer::run() {
  while (true) {
    std::vector<pollfd> entries{
        {stop_.get(), POLLIN, 0}, {udp_, POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    for (const Line& line : lines_) entries.push_back({line.fd.get(), POLLIN, 0});
    if (::poll(entries.data(), entries.size(), patience()) < 0) continue;
    if (entries[1].revents != 0) take_datagram();
    if (entries[0].revents != 0 && entries[1].revents == 0) return;  // all was counted
    std::size_t entry = 3;
    for (auto line = lines_.begin(); line != lines_.end();) {
      const bool is_over = entries[entry++].revents != 0 && !take_octets(*line);
      if (is_over)
        std::erase_if(answers_, [&](const Answer& a) { return a.line == line->fd.get(); });
      line = is_over ? lines_.erase(line) : std::next(line);
    }
    if (entries[2].revents != 0) take_connection();
    send_due();
  }
}

int DnsServer::patience() const {
  if (answers_.empty()) return -1;
  const auto first = std::ranges::min(answers_, {}, &Answer::due).due - steady_clock::now();
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(first).count();
  return static_cast<int>(std::max<std::int64_t>(left, 0));
}

void DnsServer::take_datagram() {
  std::array<char, 4096> buffer;
  sockaddr_in from{};
  socklen_t size = sizeof from;
  const ssize_t got =
      ::recvfrom(udp_, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
  if (got <= 0) return;
  const auto now = steady_clock::now();
  auto response =
      dns_.respond({buffer.data(), static_cast<std::size_t>(got)}, FakeDns::Carrier::udp, now);
  if (response.octets.empty()) return;
  answers_.push_back({now + response.after, std::move(response.octets), from});
}

void DnsServer::take_connection() {
  UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (fd) lines_.push_back({std::move(fd)});
}

// A message by TCP has its length in front (RFC 1035 4.2.2).
bool DnsServer::take_octets(Line& line) {
  std::array<char, 4096> buffer;
  const ssize_t got = ::recv(line.fd.get(), buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  line.unread.append(buffer.data(), static_cast<std::size_t>(got));
  while (line.unread.size() >= 2) {
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(line.unread[0]) << 8 |
                                                 static_cast<unsigned char>(line.unread[1]));
    if (line.unread.size() < 2 + length) break;
    const auto now = steady_clock::now();
    const auto response = dns_.respond(line.unread.substr(2, length), FakeDns::Carrier::tcp, now);
    line.unread.erase(0, 2 + length);
    if (response.octets.empty()) continue;
    std::string framed{static_cast<char>(response.octets.size() >> 8),
                       static_cast<char>(response.octets.size() & 0xff)};
    answers_.push_back(
        {.due = now + response.after, .octets = framed + response.octets, .line = line.fd.get()});
  }
  return true;
}

void DnsServer::send_due() {
  for (auto answer = answers_.begin(); answer != answers_.end();) {
    if (answer->due > steady_clock::now()) {
      ++answer;
      continue;
    }
    if (answer->line >= 0)
      ::send(answer->line, answer->octets.data(), answer->octets.size(), MSG_NOSIGNAL);
    else
      ::sendto(udp_, answer->octets.data(), answer->octets.size(), 0,
               reinterpret_cast<const sockaddr*>(&answer->to), sizeof answer->to);
    answer = answers_.erase(answer);
  }
}

std::string unread_question(const DnsPort& port) {
  std::array<char, 4096> buffer;
  const ssize_t got = ::recv(port.udp(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0) return {};
  FakeDns dns({});
  dns.respond({buffer.data(), static_cast<std::size_t>(got)}, FakeDns::Carrier::udp, {});
  return dns.problem().value_or("");
}

}  // namespace smtpd::transcript
