/// `load dns`: a DNS on the loopback for one client, client.test at 192.0.2.7, whom no list has.
/// UDP without TCP, one question a message; what is no such message is not answered.

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>

#include "tests/bench/dialogue.hpp"
#include "tests/bench/loopback.hpp"
#include "tests/bench/options.hpp"

namespace smtpd::bench {
namespace {

constexpr std::size_t header_size = 12;
enum Type : unsigned { type_a = 1, type_ptr = 12, type_mx = 15 };

struct Response {
  TimePoint due;
  sockaddr_in to;
  std::string octets;
};

/// The name that begins at `at`, in lower case and with a dot after each label; `at` is moved
/// behind it. Empty if it is none.
std::string read_name(std::string_view octets, std::size_t& at) {
  std::string name;
  while (at < octets.size() && octets[at] != 0) {
    const auto length = static_cast<unsigned char>(octets[at]);
    if (length > 63 || at + 1 + length >= octets.size()) return {};
    name.append(octets.substr(at + 1, length)) += '.';
    at += 1 + std::size_t{length};
  }
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  ++at;
  return name;
}

/// RDATA of what that type of the client's names has; empty for none.
std::string data_of(unsigned type) {
  const std::string host("\6client\4test\0", 13);
  if (type == type_a) return {"\xc0\x00\x02\x07", 4};
  if (type == type_ptr) return host;
  if (type == type_mx) return std::string("\0\12\4mail", 7) + host;
  return {};
}

/// What it says to a question; empty: nothing.
std::string respond(std::string_view question) {
  std::size_t end = header_size;
  const std::string name = question.size() > header_size ? read_name(question, end) : "";
  if (name.empty() || end + 4 > question.size()) return {};
  const unsigned type = static_cast<unsigned char>(question[end + 1]);
  const bool exists = name.ends_with("client.test.") || name.ends_with(".in-addr.arpa.");
  const std::string data = exists ? data_of(type) : "";
  std::string octets(question.substr(0, end + 4));
  octets[2] = '\x81';                    // an answer, recursion was desired
  octets[3] = exists ? '\x80' : '\x83';  // no such name
  octets[7] = data.empty() ? '\0' : '\1';
  octets[11] = '\0';  // without EDNS0
  if (data.empty()) return octets;
  octets += std::string("\xc0\x0c", 2) + question[end] + question[end + 1];
  octets += std::string("\0\1\0\0\1\54\0", 7) + static_cast<char>(data.size());  // 300 s
  return octets + data;
}

int patience(const std::deque<Response>& waiting) {
  if (waiting.empty()) return -1;
  const double left = microseconds(SteadyClock::now(), waiting.front().due);
  return left <= 0 ? 0 : static_cast<int>(left / 1000) + 1;
}

}  // namespace

int run_dns(std::span<char* const> words) {
  const std::array<std::string, 1> known{"after"};
  const std::chrono::milliseconds after(Options(words, known).count("after", 0));
  const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (!bind_to(fd, 0) ||
      ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) < 0) {
    throw_error("socket");
  }
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  std::deque<Response> waiting;
  std::array<char, 4096> buffer;
  while (true) {
    pollfd entry{.fd = fd.get(), .events = POLLIN, .revents = 0};
    if (::poll(&entry, 1, patience(waiting)) > 0) {
      Response response{.due = SteadyClock::now() + after, .to = {}, .octets = {}};
      size = sizeof response.to;
      const ssize_t got = ::recvfrom(fd.get(), buffer.data(), buffer.size(), 0,
                                     reinterpret_cast<sockaddr*>(&response.to), &size);
      if (got > 0) response.octets = respond({buffer.data(), static_cast<std::size_t>(got)});
      if (!response.octets.empty()) waiting.push_back(std::move(response));
    }
    for (; !waiting.empty() && waiting.front().due <= SteadyClock::now(); waiting.pop_front()) {
      const Response& next = waiting.front();
      ::sendto(fd.get(), next.octets.data(), next.octets.size(), 0,
               reinterpret_cast<const sockaddr*>(&next.to), sizeof next.to);
    }
  }
}

}  // namespace smtpd::bench
