/// The module smtpd-dns: what names c-ares, which carries messages to servers by UDP and TCP. It is
/// used at its lowest level: messages are written and read, timed and repeated elsewhere
/// (lib/services/resolver.cpp), so that c-ares is left with the sockets, with matching answers to
/// questions, and with TCP where UDP has cut an answer off.
#include <ares.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>

#include "lib/base/freer.hpp"
#include "lib/io/poll.hpp"
#include "lib/services/dns_transport.hpp"

namespace smtpd::dns {
namespace {

using Channel = std::unique_ptr<ares_channeldata, Freer<ares_destroy>>;

/// One channel for each server, so that it is us who decide which one is asked, and when.
class Cares final : public Transport {
 public:
  Cares(const Settings& settings, const Clock& clock)
      : clock_(clock), servers_(settings.servers), channels_(settings.servers.size()) {}
  Cares(const Cares&) = delete;
  Cares& operator=(const Cares&) = delete;
  /// What is in flight is told that it is over, while there is still somebody to tell.
  ~Cares() override {
    for (Channel& channel : channels_) channel.reset();
  }

  void send(std::size_t server, std::string_view message, std::uint32_t ticket) override;
  std::vector<Arrival> receive() override;
  void wait(Deadline until) override;
  std::span<pollfd> descriptors() override;

 private:
  /// A message in flight.
  struct Flight {
    Cares& carrier;
    std::size_t server;
    std::uint32_t ticket;
  };
  static void land(void* flight, int status, int timeouts, unsigned char* octets,
                   int length) noexcept;
  ares_channel channel(std::size_t server);
  void arrive(const Flight& flight, std::string_view octets, const char* why);

  const Clock& clock_;
  std::vector<Settings::Server> servers_;
  std::vector<Channel> channels_;  // made when they are needed
  std::vector<Arrival> arrivals_;
  std::vector<pollfd> descriptors_;
  std::vector<std::size_t> owners_;  // of the descriptors: the servers
};

constexpr const char* nobody_there = "nobody answers there";

/// What no message of ours has: an end in c-ares' own time.
constexpr int never = 24 * 3600 * 1000;  // ms

// Everything that c-ares would read /etc/resolv.conf for is said.
Channel open_channel(const Settings::Server& server) {
  std::array<char, 2> lookups{'b', '\0'};
  ares_options options{};
  // Errors that a server reports come as messages.
  options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP | ARES_FLAG_EDNS;
  options.ednspsz = udp_size;
  options.timeout = never;
  options.tries = 1;
  options.ndots = 1;
  options.lookups = lookups.data();
  constexpr int mask = ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                       ARES_OPT_NDOTS | ARES_OPT_LOOKUPS | ARES_OPT_DOMAINS | ARES_OPT_SORTLIST |
                       ARES_OPT_SERVERS;
  in_addr loopback{htonl(INADDR_LOOPBACK)};  // until the address is set, which may be of IPv6
  options.servers = &loopback;
  options.nservers = 1;
  ares_channel made = nullptr;
  if (::ares_init_options(&made, &options, mask) != ARES_SUCCESS) return nullptr;
  Channel channel(made);
  ares_addr_port_node node{};
  node.family = server.address.v6 ? AF_INET6 : AF_INET;
  node.udp_port = node.tcp_port = server.port;
  std::memcpy(&node.addr, server.address.octets.data(), server.address.v6 ? 16 : 4);
  if (::ares_set_servers_ports(made, &node) != ARES_SUCCESS) return nullptr;
  return channel;
}

ares_channel Cares::channel(std::size_t server) {
  Channel& channel = channels_[server];
  if (!channel) channel = open_channel(servers_[server]);
  return channel.get();
}

void Cares::arrive(const Flight& flight, std::string_view octets, const char* why) {
  arrivals_.push_back({.ticket = flight.ticket,
                       .server = flight.server,
                       .octets = std::string(octets),
                       .why = why});
}

// One that finds no memory is a message that was lost on its way.
void Cares::land(void* flight, int status, int /*timeouts*/, unsigned char* octets,
                 int length) noexcept {
  const std::unique_ptr<Flight> done(static_cast<Flight*>(flight));
  if (status == ARES_EDESTRUCTION) return;
  try {
    if (octets && length > 0) {
      done->carrier.arrive(
          *done, {reinterpret_cast<const char*>(octets), static_cast<std::size_t>(length)}, "");
    } else {
      const bool is_nobody_there = status == ARES_ECONNREFUSED || status == ARES_ECANCELLED;
      done->carrier.arrive(*done, {}, is_nobody_there ? nobody_there : ::ares_strerror(status));
    }
  } catch (const std::bad_alloc&) {
    return;
  }
}

// Answers that are there are taken first.
void cancel(ares_channel channel) {
  std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
  const auto bits =
      static_cast<unsigned>(::ares_getsock(channel, sockets.data(), ARES_GETSOCK_MAXNUM));
  for (unsigned i = 0; i < sockets.size(); ++i) {
    if (ARES_GETSOCK_READABLE(bits, i) != 0)
      ::ares_process_fd(channel, sockets[i], ARES_SOCKET_BAD);
  }
  ::ares_cancel(channel);
}

// That nobody listens the kernel says once, to what is sent next, and means what was sent before:
// nothing in flight comes back.
void Cares::send(std::size_t server, std::string_view message, std::uint32_t ticket) {
  auto flight = std::make_unique<Flight>(Flight{*this, server, ticket});
  const ares_channel to = channel(server);
  if (!to) return arrive(*flight, {}, "no memory for it");
  const std::size_t before = arrivals_.size();
  ::ares_send(to, reinterpret_cast<const unsigned char*>(message.data()),
              static_cast<int>(message.size()), &Cares::land, flight.release());
  const bool has_failed = arrivals_.size() > before && arrivals_.back().why == nobody_there;
  if (has_failed) cancel(to);
}

std::span<pollfd> Cares::descriptors() {
  descriptors_.clear();
  owners_.clear();
  for (std::size_t server = 0; server < channels_.size(); ++server) {
    if (!channels_[server]) continue;
    std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
    const auto bits = static_cast<unsigned>(
        ::ares_getsock(channels_[server].get(), sockets.data(), ARES_GETSOCK_MAXNUM));
    for (unsigned i = 0; i < sockets.size(); ++i) {
      const bool reads = ARES_GETSOCK_READABLE(bits, i) != 0;
      const bool writes = ARES_GETSOCK_WRITABLE(bits, i) != 0;
      if (!reads && !writes) continue;
      descriptors_.push_back(
          {sockets[i], static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)), 0});
      owners_.push_back(server);
    }
  }
  return descriptors_;
}

// A socket is looked at once: what c-ares closes here may be another one a moment later.
std::vector<Transport::Arrival> Cares::receive() {
  const std::vector<pollfd> ready = std::exchange(descriptors_, {});
  for (std::size_t i = 0; i < ready.size(); ++i) {
    const short events = ready[i].revents;
    if (events == 0) continue;
    const bool writes = (events & POLLOUT) != 0, reads = (events & ~POLLOUT) != 0;
    ::ares_process_fd(channels_[owners_[i]].get(), reads ? ready[i].fd : ARES_SOCKET_BAD,
                      writes ? ready[i].fd : ARES_SOCKET_BAD);
  }
  return std::exchange(arrivals_, {});
}

void Cares::wait(Deadline until) {
  const std::span<pollfd> entries = descriptors();
  if (!arrivals_.empty()) return;
  timespec left{};
  if (!until.is_never()) left = io::remaining(until, clock_.now());
  ::ppoll(entries.data(), entries.size(), until.is_never() ? nullptr : &left, nullptr);
}

}  // namespace
}  // namespace smtpd::dns

std::unique_ptr<smtpd::dns::Transport> smtpd_dns_transport(const smtpd::dns::Settings& settings,
                                                           const smtpd::Clock& clock) noexcept {
  try {
    if (::ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) return nullptr;
    return std::make_unique<smtpd::dns::Cares>(settings, clock);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

extern "C" SMTPD_API std::string smtpd_dns_library() noexcept {
  return std::string("c-ares ") + ::ares_version(nullptr);
}
